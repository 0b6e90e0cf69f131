"use strict";
for (const element of document.querySelectorAll(".m, .d")) {
  const source = element.textContent;
  katex.render(source, element, {
    displayMode: element.classList.contains("d"),
    throwOnError: false,
    strict: "ignore",
  });
}
for (const element of document.querySelectorAll(".m")) {
  const after = element.nextSibling;
  const isText = after !== null && after.nodeType === Node.TEXT_NODE;
  const signs = isText ? after.data.match(/^[,.;:?)]+/) : null;
  if (signs !== null && element.offsetWidth < 160) {
    const kept = document.createElement("span");
    kept.style.whiteSpace = "nowrap";
    element.before(kept);
    kept.append(element, signs[0]);
    after.data = after.data.slice(signs[0].length);
  }
}
for (const cell of document.querySelectorAll("td")) {
  if (cell.scrollWidth > cell.clientWidth) {
    cell.tabIndex = 0; // so that the keyboard can scroll it
  }
}
for (const figure of document.querySelectorAll("figure.network")) {
  const parts = figure.querySelectorAll("[data-edge]");
  const light = (edge) => {
    for (const part of parts) {
      const lit = part.dataset.edge === edge;
      part.classList.toggle("lit", lit);
      const line = part.querySelector("line");
      if (line) {
        line.setAttribute("marker-end", lit ? "url(#lit)" : "url(#head)");
      }
    }
  };
  for (const part of parts) {
    for (const event of ["mouseenter", "focusin", "click"]) {
      part.addEventListener(event, () => light(part.dataset.edge));
    }
  }
  light(figure.dataset.lit);
}
const unfold = () => {
  for (const found of document.querySelectorAll(`${location.hash || "#verdict"} details`)) {
    found.open = true;
  }
};
window.addEventListener("hashchange", unfold);
window.addEventListener("beforeprint", () => {
  for (const found of document.querySelectorAll("details")) {
    found.open = true;
  }
});
unfold();
