// What is printed of a graph: all that is drawn, as a picture as wide as the paper. The canvas
// itself would be printed as it lies, with the colours that it had.
((space) => {
  "use strict";

  const [WIDEST, HIGHEST] = [3200, 4400]; // px; more is lost in print

  function onPaper(drawing) {
    const frame = drawing.holder.parentElement;
    let paper = null;

    window.addEventListener("beforeprint", () => {
      drawing.restyle();
      const { cy, at } = drawing;
      const box = cy.elements().boundingBox();
      const image = document.createElement("img");
      image.alt = "";
      image.src = cy.png({ full: true, maxWidth: WIDEST, maxHeight: HIGHEST });
      const line = drawing.boundary.cloneNode(true);
      line.style.left = `${(100 * (at - box.x1)) / box.w}%`;
      line.firstElementChild.hidden = false;
      line.firstElementChild.style.maxWidth = "none";
      paper = document.createElement("div");
      paper.className = "lg-paper";
      paper.append(image, line);
      frame.append(paper);
    });
    window.addEventListener("afterprint", () => {
      if (paper) paper.remove();
      drawing.restyle();
    });
  }

  space.onPaper = onPaper;
})(window.onedagGraph = window.onedagGraph || {});
