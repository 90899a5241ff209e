// Draws what is seen of a lineage graph with Cytoscape.js, and the boundary over it.
((space) => {
  "use strict";

  const LINE = 16; // of text, in px
  const SIZE = 13;
  const LONGEST = 42; // characters of a name
  // Room for shapes that aren't boxes, as a share of the text's width.
  const WIDER = { tag: 1.22, hexagon: 1.25, "cut-rectangle": 1.1, barrel: 1.05 };
  const ROOM = 90; // for a label, in px
  const MARGIN = 36; // around the graph, in px
  const [SMALLEST, READABLE, LARGEST] = [0.6, 0.75, 1.1]; // magnifications
  const SHEET = "__________cytoscape_stylesheet";

  const measure = document.createElement("canvas").getContext("2d");

  // The second line of a node: what tells it from others of the same name.
  function subtitle(node) {
    const said = node.kind === "stored" ? [node.entity, node.window]
      : node.kind === "service" || node.kind === "model" ? [node.detail]
        : node.before ? [node.source] : [];
    return [...said, node.pii ? "PII" : ""].filter(Boolean).join(" · ");
  }

  function shortened(text, most) {
    return text.length > most ? `${text.slice(0, most - 1)}…` : text;
  }

  class Drawing {
    // `holder` is the element to draw in, `boundary` the line over it.
    constructor(holder, boundary, kinds) {
      this.holder = holder;
      this.boundary = boundary;
      this.kinds = kinds;
      // Cytoscape would write a <style>, which a strict policy forbids; graph.css has the rule.
      if (!document.getElementById(SHEET)) {
        const held = document.createElement("meta");
        held.id = SHEET;
        document.head.append(held);
      }
      this.cy = window.cytoscape({
        container: holder, minZoom: 0.03, maxZoom: 3, boxSelectionEnabled: false,
        autoungrabify: true, selectionType: "single", style: this._style(),
      });
      this.cy.on("render", () => this._place());
      this._wheel();
      space.onTouch(this.holder, this.cy);
    }

    // Draw items and links; the item of id `still` stays where it is on the screen.
    draw(items, links, still) {
      const anchor = still && this.cy.getElementById(still).nonempty()
        ? { ...this.cy.getElementById(still).renderedPosition() } : null;
      const boxes = items.map((item) => this._box(item));
      const { middles, bends, boundary } = space.layout(boxes, links);
      this.at = boundary;
      this.cy.batch(() => {
        this.cy.elements().remove();
        this.cy.add([...boxes.map((box) => this._node(box, middles.get(box.id))),
          ...links.map((link) => this._edge(link, bends.get(link.id)))]);
        this.cy.nodes().panify(); // a drag that begins on one moves the graph, too
      });
      const held = anchor && this.cy.getElementById(still);
      if (!held || held.empty()) this.frame();
      else {
        const now = held.renderedPosition();
        this.cy.panBy({ x: anchor.x - now.x, y: anchor.y - now.y });
      }
    }

    // Show everything, but not so small that nothing can be read: then what is around `ids`. The
    // frame is as high as that needs, within what its style allows.
    frame(ids = []) {
      const box = this.cy.nodes().boundingBox();
      const all = Math.min(LARGEST, (this.cy.width() - 2 * MARGIN) / box.w);
      const level = all < SMALLEST ? READABLE : all;
      this.holder.parentElement.style.height = `${Math.round(box.h * level + 3 * MARGIN)}px`;
      this.cy.resize();
      this.fit();
      if (this.cy.zoom() > LARGEST) this._zoomTo(LARGEST);
      if (this.cy.zoom() >= SMALLEST) return;
      this._zoomTo(READABLE);
      const middle = this.cy.nodes().filter((node) => ids.includes(node.id()));
      if (middle.nonempty()) this.cy.center(middle);
      else this.cy.pan({ x: this.cy.width() / 2 - this.at * READABLE,
        y: 1.5 * MARGIN - box.y1 * READABLE });
    }

    // Whether names can't be read, or don't fit, beside the panel: then it is better below.
    wantsWidth() {
      this.cy.resize();
      const { w } = this.cy.nodes().boundingBox();
      return w > 0 && (this.cy.width() - 2 * MARGIN) / w < READABLE;
    }

    // After the frame's size has changed; an item that was seen is still seen.
    resize(id) {
      this.cy.resize();
      if (id) this.reveal(id);
    }

    fit() {
      this.cy.fit(this.cy.nodes(), MARGIN);
    }

    zoom(factor) {
      this._zoomTo(this.cy.zoom() * factor);
    }

    // Bring an item into sight, if it isn't.
    reveal(id) {
      const node = this.cy.getElementById(id);
      if (node.empty()) return;
      if (this.cy.zoom() < SMALLEST) this._zoomTo(READABLE);
      const box = node.renderedBoundingBox();
      const inside = box.x1 > 8 && box.y1 > 30 && box.x2 < this.cy.width() - 8
        && box.y2 < this.cy.height() - 8;
      if (!inside) this.cy.center(node);
    }

    // Mark an item, and all that it comes from and goes into; without one, nothing.
    mark(id) {
      const node = id ? this.cy.getElementById(id) : this.cy.collection();
      const seen = this.cy.elements();
      this.cy.batch(() => {
        seen.removeClass("chosen path faded");
        if (node.empty()) return;
        const path = node.union(node.predecessors()).union(node.successors());
        seen.not(path).addClass("faded");
        path.addClass("path");
        node.addClass("chosen");
      });
    }

    // The item next to another: by an arrow key's name.
    beside(id, key) {
      const node = this.cy.getElementById(id);
      const { x, y } = node.position();
      const choices = {
        ArrowLeft: () => node.incomers("node"),
        ArrowRight: () => node.outgoers("node"),
        ArrowUp: () => this._column(x).filter((other) => other.position("y") < y),
        ArrowDown: () => this._column(x).filter((other) => other.position("y") > y),
      }[key]();
      const nearest = choices.min((other) => Math.abs(other.position("y") - y)).ele;
      return nearest ? nearest.id() : null;
    }

    restyle() {
      this.cy.style(this._style());
    }

    _column(x) {
      return this.cy.nodes().filter((other) => Math.abs(other.position("x") - x) < 20);
    }

    _zoomTo(level) {
      const middle = { x: this.cy.width() / 2, y: this.cy.height() / 2 };
      this.cy.zoom({ level, renderedPosition: middle });
    }

    // What an item looks like, and how large it is.
    _box(item) {
      const { group, node } = item;
      const { kind, before } = group || node;
      const [one, many] = this.kinds[kind].counted;
      const count = item.members.length;
      const lines = group
        ? [group.name || this.kinds[kind].said, `${count} ${count === 1 ? one : many}`]
        : [node.label, subtitle(node)];
      const label = lines.filter(Boolean).map((line) => shortened(line, LONGEST)).join("\n");
      const classes = [kind, group ? "gathered" : "", node && node.pii ? "personal" : ""];
      return { id: item.id, before: Boolean(before), label, classes: classes.join(" "),
        ...this._size(label, kind, group) };
    }

    _size(label, kind, isBold) {
      const lines = label.split("\n");
      measure.font = `${isBold ? "bold " : ""}${SIZE}px ${this._font()}`;
      const text = Math.max(...lines.map((line) => measure.measureText(line).width));
      const wider = WIDER[this.kinds[kind].shape] || 1;
      return { width: Math.ceil(text * wider) + 22, height: lines.length * LINE + 14 };
    }

    _node({ id, label, classes, width, height }, position) {
      return { group: "nodes", classes, position, data: { id, label, width, height } };
    }

    _edge({ id, from, to, key, learned }, bends) {
      const isBent = bends && bends.weights.length > 0;
      const classes = [learned ? "learned" : key ? "key" : "", isBent ? "bent" : ""];
      return { group: "edges", classes: classes.join(" "), scratch: { bends },
        data: { id, source: from, target: to } };
    }

    _place() {
      const at = Math.round(this.at * this.cy.zoom() + this.cy.pan().x);
      // Out of sight it waits at the edge, so that a label always says which side is seen.
      const left = Math.max(-3, Math.min(at, this.cy.width() + 1));
      this.boundary.style.left = `${left}px`;
      this.boundary.firstElementChild.style.maxWidth = `${Math.max(0, left - 10)}px`;
      this.boundary.firstElementChild.hidden = left < ROOM;
    }

    // The wheel scrolls the page, unless it was asked to zoom: with Ctrl, or by the focus. Heard on
    // the frame, which comes before Cytoscape.
    _wheel() {
      const frame = this.holder.parentElement;
      const heard = { capture: true, passive: true };
      frame.addEventListener("wheel", (event) => {
        const zooms = event.ctrlKey || event.metaKey || document.activeElement === this.holder;
        this.cy.userZoomingEnabled(zooms);
      }, heard);
    }

    _font() {
      return getComputedStyle(this.holder).fontFamily;
    }

    // Colours are CSS variables, so that light, dark and print are said in one place.
    _style() {
      const css = getComputedStyle(this.holder);
      const colour = (name) => css.getPropertyValue(`--${name}`).trim();
      const kinds = Object.entries(this.kinds).map(([kind, { shape, double }]) => ({
        selector: `node.${kind}`,
        style: { shape, "background-color": colour(`origin-${kind}`),
          ...(double ? { "border-style": "double", "border-width": 4 } : {}) },
      }));
      return [
        { selector: "node", style: {
          width: "data(width)", height: "data(height)", label: "data(label)",
          color: colour("origin-text"),
          "font-family": css.fontFamily, "font-size": SIZE, "line-height": LINE / SIZE,
          "text-valign": "center", "text-halign": "center", "text-wrap": "wrap",
          "text-max-width": 1000, "border-width": 1, "border-color": colour("line-strong"),
          "min-zoomed-font-size": 4 } },
        ...kinds,
        { selector: "node.gathered", style: {
          ghost: "yes", "ghost-offset-x": 5, "ghost-offset-y": 5, "ghost-opacity": 0.55,
          "font-weight": "bold" } },
        { selector: "node.request", style: { "text-margin-x": -7 } },
        { selector: "node.personal", style: {
          "border-color": colour("pii"), "border-width": 3 } },
        { selector: "edge", style: {
          width: 1.2, "line-color": colour("line-strong"),
          "target-arrow-color": colour("line-strong"),
          "target-arrow-shape": "triangle", "arrow-scale": 0.8, "curve-style": "bezier",
          "source-endpoint": "90deg", "target-endpoint": "270deg" } },
        { selector: "edge.bent", style: {
          "curve-style": "round-segments", "edge-distances": "endpoints",
          "segment-weights": (edge) => edge.scratch("bends").weights,
          "segment-distances": (edge) => edge.scratch("bends").distances,
          "segment-radii": 18 } },
        { selector: "edge.key", style: { "line-style": "dashed", "line-dash-pattern": [2, 3] } },
        { selector: "edge.learned", style: { 
          "line-style": "dashed", "line-dash-pattern": [7, 4],
          "source-endpoint": "270deg", "target-endpoint": "90deg" } },
        { selector: ".path", style: { "z-index": 5 } },
        { selector: "edge.path", style: { width: 2, "line-color": colour("accent"),
          "target-arrow-color": colour("accent") } },
        { selector: "node.chosen", style: {
          "border-color": colour("accent"), "border-width": 3, "z-index": 9 } },
        { selector: ".faded", style: { opacity: 0.22 } },
      ];
    }
  }

  space.Drawing = Drawing;
})(window.onedagGraph = window.onedagGraph || {});
