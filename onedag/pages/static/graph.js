// The interactive lineage graph: what is chosen, the controls and the keyboard.
((space) => {
  "use strict";

  class Graph {
    constructor(root) {
      this.root = root;
      root.classList.add("lg-live"); // and so it has a size to draw in
      this.part = (name) => root.querySelector(`[data-graph="${name}"]`);
      this.canvas = this.part("canvas");
      this.model = new space.Model(JSON.parse(this.part("data").textContent));
      this.view = new space.View(this.model);
      this.drawing = new space.Drawing(this.canvas, this.part("boundary"), this.model.kinds);
      this.panel = new space.Panel(this);
      this.chosen = null;
      this._controls();
      this._pointer();
      this._keyboard();
      this._theme();
      this.start();
    }

    start() {
      this.view.reset();
      this.redraw();
      const ids = this.model.focus.map((index) => this.itemOf(index)).filter(Boolean);
      this.choose(ids.length === 1 ? ids[0] : null, false);
      this.root.classList.remove("lg-wide");
      this.root.classList.toggle("lg-wide", this.drawing.wantsWidth());
      this.drawing.frame(ids);
    }

    redraw(still) {
      this.items = new Map(this.view.items().map((item) => [item.id, item]));
      const items = [...this.items.values()];
      this.links = this.view.links(items);
      this.drawing.draw(items, this.links, still);
      this.part("by").value = this.view.by;
      this.part("all").disabled = this.view.shown.size === this.model.nodes.length;
    }

    // The id of the item that shows a node.
    itemOf(index) {
      const item = [...this.items.values()].find(({ members }) => members.includes(index));
      return item ? item.id : null;
    }

    choose(id, reveals = true) {
      this.chosen = id;
      this.drawing.mark(id);
      this.panel.tell(this.items.get(id));
      this.drawing.resize(reveals ? id : null);
    }

    // Show a node by itself and choose it, whatever is seen now.
    find(index) {
      const item = this.items.get(this.itemOf(index));
      if (!item || item.group) {
        const near = this.model.around([index], 1);
        this.view.show(near, [index]);
        this.redraw();
        this.choose(`n${index}`, false);
        this.drawing.frame([`n${index}`]);
      } else this.choose(`n${index}`);
    }

    // Change the view and draw it, or say why not.
    change(allowed, still = this.chosen, next = still) {
      if (!allowed) {
        this.part("by").value = this.view.by;
        this.say(`That would be ${this.view.refused} nodes, and at most ${space.DRAWABLE} are `
          + "drawn at once. Open the groups that you need, or look for one node.");
        return;
      }
      this.redraw(still);
      this.choose(this.items.has(next) ? next : null);
    }

    expand(up, steps) {
      const { members } = this.items.get(this.chosen);
      this.change(this.view.add(this.model.reached(members, up, steps)));
    }

    open(item) {
      const [first] = item.members;
      this.change(this.view.open(item.group.key), null, `n${first}`);
    }

    follow() {
      const item = this.items.get(this.chosen);
      if (!item) return;
      if (item.group) this.open(item);
      else if (space.hrefOf(item)) window.location.assign(space.hrefOf(item));
    }

    say(text) {
      this.part("said").textContent = text;
    }

    _controls() {
      space.count = (space.count || 0) + 1;
      this.part("names").id = `lg-names-${space.count}`;
      this.part("search").setAttribute("list", this.part("names").id);
      this.part("by").append(
        ...space.GROUPINGS.map((by) => space.made("option", by, { value: by })));
      const on = (name, event, act) => this.part(name).addEventListener(event, act);
      on("in", "click", () => this.drawing.zoom(1.3));
      on("out", "click", () => this.drawing.zoom(1 / 1.3));
      on("fit", "click", () => this.drawing.fit());
      on("reset", "click", () => this.start());
      on("all", "click", () => {
        this.view.show(this.model.all());
        this.redraw();
        this.choose(null);
      });
      on("by", "change", (event) => this.change(this.view.group(event.target.value), null));
      on("search", "input", (event) => this._suggest(event.target.value));
      on("search", "change", (event) => this._search(event.target.value));
      on("search", "keydown", (event) => {
        if (event.key !== "Enter") return;
        event.preventDefault();
        this._search(event.target.value);
      });
    }

    _suggest(text) {
      const labels = this.model.matching(text, 20).map((index) => this.model.nodes[index].label);
      this.part("names").replaceChildren(
        ...[...new Set(labels)].map((label) => space.made("option", "", { value: label })));
    }

    _search(text) {
      const [index] = this.model.matching(text, 1);
      if (index !== undefined) this.find(index);
      else if (text.trim()) this.say(`No node's name has “${text.trim()}” in it.`);
    }

    _pointer() {
      const { cy } = this.drawing;
      cy.on("tap", "node", (event) => this.choose(event.target.id(), false));
      cy.on("tap", (event) => { if (event.target === cy) this.choose(null); });
      cy.on("dbltap", "node", (event) => {
        this.choose(event.target.id(), false);
        this.follow();
      });
      cy.on("mouseover", "node", () => { this.canvas.style.cursor = "pointer"; });
      cy.on("mouseout", "node", () => { this.canvas.style.cursor = ""; });
    }

    _keyboard() {
      this.canvas.addEventListener("keydown", (event) => {
        if (event.ctrlKey || event.metaKey || event.altKey) return;
        const keys = { Enter: () => this.follow(), Escape: () => this.choose(null),
          "+": () => this.drawing.zoom(1.3), "-": () => this.drawing.zoom(1 / 1.3),
          0: () => this.drawing.fit() };
        const act = event.key.startsWith("Arrow") ? () => this._move(event.key) : keys[event.key];
        if (!act) return;
        event.preventDefault();
        act();
      });
    }

    _move(key) {
      if (!this.chosen) this.choose([...this.items.keys()][0]);
      else {
        const next = this.drawing.beside(this.chosen, key);
        if (next) this.choose(next);
      }
    }

    _theme() {
      const restyle = () => { this.drawing.restyle(); };
      window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", restyle);
      new MutationObserver(restyle).observe(document.documentElement,
        { attributes: true, attributeFilter: ["data-theme"] });
      space.onPaper(this.drawing);
    }
  }

  function start() {
    document.querySelectorAll("[data-lineage-graph]").forEach((root) => {
      if (!root.classList.contains("lg-live")) root.onedagGraph = new Graph(root);
    });
  }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})(window.onedagGraph = window.onedagGraph || {});
