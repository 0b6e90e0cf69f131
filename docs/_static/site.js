"use strict";
// Typeset every formula; one that is wider than its page can be scrolled by keyboard.
for (const element of document.querySelectorAll(".math")) {
  const displayMode = element.tagName === "DIV";
  const source = element.textContent;
  katex.render(source, element, { displayMode, throwOnError: false, strict: "ignore" });
}
const reachable = () => {
  for (const element of document.querySelectorAll("div.math, .highlight pre, .table-wrapper")) {
    if (element.scrollWidth > element.clientWidth) {
      element.tabIndex = 0;
    } else {
      element.removeAttribute("tabindex");
    }
  }
};
addEventListener("resize", reachable);
document.fonts.ready.then(reachable);
reachable();
// What the theme leaves out for screen readers.
for (const caption of document.querySelectorAll("p.caption[role=heading]")) {
  caption.ariaLevel = "2";
}
for (const [name, label] of [["sidebar-drawer", "Pages"], ["toc-drawer", "On this page"]]) {
  document.querySelector(`aside.${name}`)?.setAttribute("aria-label", label);
}
