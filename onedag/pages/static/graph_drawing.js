// Draws what is seen of a lineage graph with Cytoscape.js, and the boundary over it.
((space) => {
  "use strict";

  const LINE = 16; // of text, in px
  const SIZE = 13;
  // Room for shapes that aren't boxes, as a share of the text's width.
  const WIDER = { tag: 1.3, hexagon: 1.25, "cut-rectangle": 1.1, barrel: 1.05 };
  const BOUNDARY = "boundary";
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
    }

    // Draw items and links; the item of id `still` stays where it is on the screen.
    draw(items, links, still) {
      const anchor = still && this.cy.getElementById(still).nonempty()
        ? { ...this.cy.getElementById(still).renderedPosition() } : null;
      this.cy.batch(() => {
        this.cy.elements().remove();
        this.cy.add([...items.map((item) => this._item(item)),
          ...links.map((link) => this._link(link)), ...this._fence(items, links)]);
      });
      this._layout(items.length);
      const held = anchor && this.cy.getElementById(still);
      if (!held || held.empty()) this.frame();
      else {
        const now = held.renderedPosition();
        this.cy.panBy({ x: anchor.x - now.x, y: anchor.y - now.y });
      }
    }

    // Show everything, but not so small that nothing can be read: then the middle of `ids`.
    frame(ids = []) {
      this.cy.fit(this._seen(), 36);
      if (this.cy.zoom() > 1.1) this._zoomTo(1.1);
      else if (this.cy.zoom() < 0.55) {
        this._zoomTo(0.7);
        const middle = this.cy.nodes().filter((node) => ids.includes(node.id()));
        this.cy.center(middle.nonempty() ? middle : this.cy.getElementById(BOUNDARY));
      }
    }

    fit() {
      this.cy.fit(this._seen(), 36);
    }

    zoom(factor) {
      this._zoomTo(this.cy.zoom() * factor);
    }

    // Bring an item into sight, if it isn't.
    reveal(id) {
      const node = this.cy.getElementById(id);
      if (node.empty()) return;
      const box = node.renderedBoundingBox();
      const inside = box.x1 > 8 && box.y1 > 30 && box.x2 < this.cy.width() - 8
        && box.y2 < this.cy.height() - 8;
      if (!inside) this.cy.center(node);
    }

    // Mark an item, and all that it comes from and goes into; without one, nothing.
    mark(id) {
      const node = id ? this.cy.getElementById(id) : this.cy.collection();
      const seen = this.cy.elements().not(".fence");
      this.cy.batch(() => {
        seen.removeClass("chosen path faded");
        if (node.empty()) return;
        const fence = this.cy.elements(".fence");
        const path = node.union(node.predecessors()).union(node.successors()).not(fence);
        seen.not(path).addClass("faded");
        path.addClass("path");
        node.addClass("chosen");
      });
    }

    // The item next to another: by an arrow key's name.
    beside(id, key) {
      const node = this.cy.getElementById(id);
      const { x, y } = node.position();
      const fence = this.cy.elements(".fence");
      const choices = {
        ArrowLeft: () => node.incomers("node").not(fence),
        ArrowRight: () => node.outgoers("node").not(fence),
        ArrowUp: () => this._column(x).filter((other) => other.position("y") < y),
        ArrowDown: () => this._column(x).filter((other) => other.position("y") > y),
      }[key]();
      const nearest = choices.min((other) => Math.abs(other.position("y") - y)).ele;
      return nearest ? nearest.id() : null;
    }

    restyle() {
      this.cy.style(this._style());
    }

    _seen() {
      return this.cy.nodes().not(`#${BOUNDARY}`);
    }

    _column(x) {
      return this._seen().filter((other) => Math.abs(other.position("x") - x) < 20);
    }

    _zoomTo(level) {
      const middle = { x: this.cy.width() / 2, y: this.cy.height() / 2 };
      this.cy.zoom({ level, renderedPosition: middle });
    }

    _item(item) {
      const { group, node } = item;
      const kind = (group || node).kind;
      const [one, many] = this.kinds[kind].counted;
      const count = item.members.length;
      const lines = group
        ? [group.name || many, `${count} ${count === 1 ? one : many}`]
        : [node.label, subtitle(node)];
      const label = lines.filter(Boolean).map((line) => shortened(line, 42)).join("\n");
      return { group: "nodes", classes: `${kind}${group ? " gathered" : ""}${
        node && node.pii ? " personal" : ""}`, data: { id: item.id, label, ...this._size(label, kind) } };
    }

    _size(label, kind) {
      const lines = label.split("\n");
      measure.font = `${SIZE}px ${this._font()}`;
      const text = Math.max(...lines.map((line) => measure.measureText(line).width));
      const wider = WIDER[this.kinds[kind].shape] || 1;
      return { width: Math.ceil(text * wider) + 22, height: lines.length * LINE + 14 };
    }

    _link(link) {
      const classes = link.learned ? "learned" : link.key ? "key" : "";
      return { group: "edges", classes,
        data: { id: link.id, source: link.from, target: link.to } };
    }

    // An unseen node that all known before the request lies left of, and all else right of.
    _fence(items, links) {
      const before = (item) => Boolean((item.group || item.node).before);
      const sides = new Map(items.map((item) => [item.id, before(item)]));
      const inner = links.filter((l) => !l.learned && sides.get(l.from) === sides.get(l.to));
      const [starts, ends] = [new Set(inner.map((l) => l.from)), new Set(inner.map((l) => l.to))];
      const fence = items.flatMap((item) => {
        const isLast = before(item) && !starts.has(item.id);
        const isFirst = !before(item) && !ends.has(item.id);
        if (!isLast && !isFirst) return [];
        const [source, target] = isLast ? [item.id, BOUNDARY] : [BOUNDARY, item.id];
        return [{ group: "edges", classes: "fence", data: { id: `f${item.id}`, source, target } }];
      });
      return [{ group: "nodes", classes: "fence",
        data: { id: BOUNDARY, label: "", width: 1, height: 1 } }, ...fence];
    }

    _layout(count) {
      this.cy.elements().not(".learned").layout({
        name: "dagre", rankDir: "LR", nodeSep: 12, edgeSep: 6, rankSep: 46, fit: false,
        ranker: count > 150 ? "longest-path" : "network-simplex",
        edgeWeight: (edge) => (edge.hasClass("fence") ? 0.01 : 1),
      }).run();
    }

    _place() {
      const node = this.cy.getElementById(BOUNDARY);
      this.boundary.hidden = node.empty();
      if (node.empty()) return;
      this.boundary.style.left = `${Math.round(node.renderedPosition("x"))}px`;
    }

    // The wheel scrolls the page, unless it was asked to zoom: with Ctrl, or by the focus.
    _wheel() {
      this.holder.addEventListener("wheel", (event) => {
        const zooms = event.ctrlKey || event.metaKey || document.activeElement === this.holder;
        this.cy.userZoomingEnabled(zooms);
      }, { capture: true, passive: true });
      this.holder.addEventListener("touchstart", () => this.cy.userZoomingEnabled(true),
        { capture: true, passive: true });
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
          width: "data(width)", height: "data(height)", label: "data(label)", color: colour("origin-text"),
          "font-family": css.fontFamily, "font-size": SIZE, "line-height": LINE / SIZE,
          "text-valign": "center", "text-halign": "center", "text-wrap": "wrap",
          "text-max-width": 1000, "border-width": 1, "border-color": colour("line-strong"),
          "min-zoomed-font-size": 4 } },
        ...kinds,
        { selector: "node.gathered", style: {
          "underlay-color": colour("line-strong"), "underlay-opacity": 0.28, "underlay-padding": 4,
          "font-weight": "bold" } },
        { selector: "node.personal", style: {
          "border-color": colour("pii"), "border-width": 3 } },
        { selector: "edge", style: {
          width: 1.2, "line-color": colour("line-strong"), "target-arrow-color": colour("line-strong"),
          "target-arrow-shape": "triangle", "arrow-scale": 0.8, "curve-style": "bezier",
          "source-endpoint": "90deg", "target-endpoint": "270deg" } },
        { selector: "edge.key", style: { "line-style": "dashed", "line-dash-pattern": [6, 4] } },
        { selector: "edge.learned", style: { "line-style": "dotted",
          "source-endpoint": "outside-to-node", "target-endpoint": "outside-to-node" } },
        { selector: ".path", style: { "z-index": 5 } },
        { selector: "edge.path", style: { width: 2, "line-color": colour("accent"),
          "target-arrow-color": colour("accent") } },
        { selector: "node.chosen", style: {
          "border-color": colour("accent"), "border-width": 3, "z-index": 9 } },
        { selector: ".faded", style: { opacity: 0.22 } },
        { selector: ".fence", style: { opacity: 0, events: "no" } },
      ];
    }
  }

  space.Drawing = Drawing;
})(window.onedagGraph = window.onedagGraph || {});
