// Opens pages in headless Chromium, wide and narrow, light and dark, and asks axe-core.
// Usage: node accessibility.mjs PAGE.html ...; needs axe-core and playwright-core.
// Fails on a serious finding, on sideways overflow, and on any request to the network.
import { chromium } from "playwright-core";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
let found = 0;
let looks = 0;
for (const [width, colorScheme] of [[1280, "light"], [1280, "dark"], [390, "light"], [390, "dark"]]) {
  const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
  const outside = [];
  page.on("request", (request) => {
    if (!/^(file|data|blob):/.test(request.url())) outside.push(request.url());
  });
  for (const name of process.argv.slice(2)) {
    await page.goto(`file://${resolve(name)}`);
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => axe.run());
    const over = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    const serious = violations.filter(({ impact }) => ["serious", "critical"].includes(impact));
    const bad = serious.map(({ id, nodes }) => `${id}: ${nodes[0].html.slice(0, 120)}`);
    if (over > 0) bad.push(`${over} pixels too wide`);
    bad.push(...outside.splice(0).map((url) => `asks for ${url}`));
    for (const message of bad) console.log(`${name} (${width}, ${colorScheme}): ${message}`);
    found += bad.length;
    looks += 1;
  }
  await page.close();
}
await browser.close();
console.log(`${looks} looks, ${found} findings`);
process.exit(found ? 1 : 0);
