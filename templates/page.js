"use strict";
for (const element of document.querySelectorAll(".m, .d")) {
  const source = element.textContent;
  katex.render(source, element, {
    displayMode: element.classList.contains("d"),
    throwOnError: false,
    strict: "ignore",
  });
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
