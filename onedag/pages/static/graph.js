// The interactive lineage graph: controls, keyboard, and the panel that tells of what is chosen.
((space) => {
  "use strict";

  const LISTED = 12; // neighbours that the panel names

  function made(name, text = "", attributes = {}) {
    const element = document.createElement(name);
    element.textContent = text;
    Object.entries(attributes).forEach(([key, value]) => element.setAttribute(key, value));
    return element;
  }

  class Graph {
    constructor(root) {
      this.root = root;
      root.classList.add("lg-live"); // and so it has a size to draw in
      this.part = (name) => root.querySelector(`[data-graph="${name}"]`);
      this.canvas = this.part("canvas");
      this.model = new space.Model(JSON.parse(this.part("data").textContent));
      this.view = new space.View(this.model);
      this.drawing = new space.Drawing(this.canvas, this.part("boundary"), this.model.kinds);
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
      this._tell();
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
        this.say(`That would be ${this.view.refused} nodes, and at most ${space.DRAWABLE} are drawn `
          + "at once. Open the groups that you need, or look for one node.");
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
      else if (this.hrefOf(item)) window.location.assign(this.hrefOf(item));
    }

    // The page of a node, else its row in the table.
    hrefOf(item) {
      const row = `node-${item.members[0]}`;
      return item.node.href || (document.getElementById(row) ? `#${row}` : "");
    }

    say(text) {
      this.part("said").textContent = text;
    }

    _controls() {
      space.made = (space.made || 0) + 1;
      this.part("names").id = `lg-names-${space.made}`;
      this.part("search").setAttribute("list", this.part("names").id);
      this.part("by").append(...space.GROUPINGS.map((by) => made("option", by, { value: by })));
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
        ...[...new Set(labels)].map((label) => made("option", "", { value: label })));
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
    }

    // Fill the panel, and tell a screen reader in one sentence.
    _tell() {
      const item = this.items.get(this.chosen);
      const panel = this.part("panel");
      panel.hidden = !item;
      this.root.classList.toggle("lg-told", Boolean(item));
      if (!item) {
        this.say("");
        return;
      }
      const parts = item.group ? this._groupParts(item) : this._nodeParts(item);
      panel.replaceChildren(...parts);
      const near = (up) => this._neighbours(item, up).length;
      this.say(`${parts[0].textContent}: ${parts[1].textContent}. `
        + `Comes from ${near(true)}, goes into ${near(false)}.`);
    }

    _nodeParts(item) {
      const { node } = item;
      const parts = [made("h3", node.label), made("p", this.model.kinds[node.kind].said,
        { class: `lg-kind lg-of-${node.kind}` })];
      if (node.detail && ![node.source, node.service].includes(node.detail)) parts.push(made("p", node.detail));
      parts.push(this._facts(node), ...this._actions(item));
      [["Comes from", true], ["Goes into", false]].forEach(([title, up]) => {
        parts.push(...this._listed(title, this._neighbours(item, up),
          node[up ? "unseen_inputs" : "unseen_outputs"] || 0));
      });
      return parts;
    }

    _groupParts(item) {
      const { name, kind } = item.group;
      const { said, counted: [, many] } = this.model.kinds[kind];
      const opener = made("button", "Open the group", { type: "button" });
      opener.addEventListener("click", () => { this.open(item); this.canvas.focus(); });
      return [made("h3", name || said), made("p", `${item.members.length} ${many}: ${said}`,
        { class: `lg-kind lg-of-${kind}` }), opener, ...this._listed("In it", item.members, 0)];
    }

    _facts(node) {
      const list = made("dl");
      const facts = { Window: node.window, "Max age": node.max_age, Refreshed: node.refresh,
        Entity: node.entity, View: node.view,
        Source: node.source, Service: node.service, Module: node.module, Owner: node.owner,
        "Personal data": node.pii ? "or made of it" : "" };
      Object.entries(facts).filter(([, value]) => value)
        .forEach(([name, value]) => list.append(made("dt", name), made("dd", value)));
      return list;
    }

    _actions(item) {
      const actions = made("div", "", { class: "lg-actions" });
      const href = this.hrefOf(item);
      if (href) {
        const text = href.startsWith("#") ? "Go to its row in the table" : "Open its page";
        actions.append(made("a", text, { href, class: "lg-open" }));
      }
      [["Expand up", true, 1], ["All up", true, Infinity], ["Expand down", false, 1],
        ["All down", false, Infinity]].forEach(([text, up, steps]) => {
        const reached = this.model.reached(item.members, up, steps);
        const more = [...reached].filter((index) => !this.view.shown.has(index)).length;
        if (!more) return;
        const button = made("button", `${text} (+${more})`, { type: "button" });
        button.addEventListener("click", () => { this.expand(up, steps); this.canvas.focus(); });
        actions.append(button);
      });
      const [index] = item.members;
      if (this.view.opened.has(this.view.groupOf(index))) {
        const closer = made("button", "Close its group", { type: "button" });
        closer.addEventListener("click", () => {
          this.view.close(index);
          this.change(true, null, `g${this.view.groupOf(index)}`);
        });
        actions.append(closer);
      }
      return [actions];
    }

    _neighbours(item, up) {
      return [...this.model.reached(item.members, up, 1)]
        .filter((index) => !item.members.includes(index));
    }

    _listed(title, indices, unseen) {
      if (!indices.length && !unseen) return [];
      const list = made("ul");
      indices.slice(0, LISTED).forEach((index) => {
        const button = made("button", this.model.nodes[index].label, { type: "button" });
        button.addEventListener("click", () => this.find(index));
        const entry = made("li");
        entry.append(button);
        list.append(entry);
      });
      const more = Math.max(0, indices.length - LISTED);
      if (more) list.append(made("li", `and ${more} more`));
      if (unseen) list.append(made("li", `and ${unseen} that have nothing to do with this page`));
      return [made("h4", `${title} (${indices.length + unseen})`), list];
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
