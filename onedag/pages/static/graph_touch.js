// Fingers on a graph: one that moves up or down scrolls the page, as it does everywhere else, and
// one that moves sideways moves the graph. Two move the graph any way, and zoom.
((space) => {
  "use strict";

  const DECIDED = 6; // px until a finger's way is known

  // The middle of two fingers and the distance between them, within an element.
  function held([one, other], element) {
    const { left, top } = element.getBoundingClientRect();
    return { x: (one.clientX + other.clientX) / 2 - left, y: (one.clientY + other.clientY) / 2 - top,
      apart: Math.max(1, Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY)) };
  }

  // Hears what happens on the frame of a canvas before Cytoscape does. That would keep the page
  // from being scrolled, and take two fingers less than 200 px apart for a click.
  function onTouch(canvas, cy) {
    const frame = canvas.parentElement;
    let first = null;
    let scrolls = null; // whether the page is scrolled; null while that isn't known
    let pair = null;

    frame.addEventListener("touchstart", (event) => {
      const { touches } = event;
      if (touches.length === 1) {
        [first, scrolls, pair] = [touches[0], null, null];
        return;
      }
      event.stopPropagation();
      canvas.dispatchEvent(new Event("touchcancel", { bubbles: true })); // for Cytoscape to let go
      pair = held(touches, canvas);
    }, { capture: true, passive: true });

    frame.addEventListener("touchmove", (event) => {
      const { touches } = event;
      if (pair) {
        event.stopPropagation();
        event.preventDefault();
        if (touches.length > 1) pair = moved(cy, pair, held(touches, canvas));
        return;
      }
      const dx = Math.abs(touches[0].clientX - first.clientX);
      const dy = Math.abs(touches[0].clientY - first.clientY);
      if (scrolls === null && Math.max(dx, dy) >= DECIDED) scrolls = dy > dx;
      if (scrolls !== false) event.stopPropagation();
    }, { capture: true, passive: false });
  }

  function moved(cy, before, now) {
    cy.panBy({ x: now.x - before.x, y: now.y - before.y });
    cy.zoom({ level: (cy.zoom() * now.apart) / before.apart, renderedPosition: { x: now.x, y: now.y } });
    return now;
  }

  space.onTouch = onTouch;
})(window.onedagGraph = window.onedagGraph || {});
