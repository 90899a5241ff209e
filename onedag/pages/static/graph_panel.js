// The panel that tells of what is chosen in a graph, with links and ways to see more.
((space) => {
  "use strict";

  const LISTED = 12; // neighbours that are named

  function made(name, text = "", attributes = {}) {
    const element = document.createElement(name);
    element.textContent = text;
    Object.entries(attributes).forEach(([key, value]) => element.setAttribute(key, value));
    return element;
  }

  // The page of a node, else its row in the table; none where it is the page that is read.
  function hrefOf(item) {
    const { href } = item.node;
    const row = `node-${item.members[0]}`;
    if (!href) return document.getElementById(row) ? `#${row}` : "";
    const [there, here] = [new URL(href, window.location), window.location];
    const isHere = there.origin === here.origin && there.pathname === here.pathname;
    return isHere && !there.hash ? "" : href;
  }

  class Panel {
    constructor(graph) {
      this.graph = graph;
      this.model = graph.model;
    }

    // Tell of an item, or of none; and to a screen reader in one sentence.
    tell(item) {
      const { graph, model } = this;
      const panel = graph.part("panel");
      panel.hidden = !item;
      graph.root.classList.toggle("lg-told", Boolean(item));
      if (!item) {
        graph.say("");
        return;
      }
      const parts = item.group ? this._groupParts(item) : this._nodeParts(item);
      panel.replaceChildren(...parts);
      const near = (up) => model.neighbours(item.members, up).length;
      graph.say(`${parts[0].textContent}: ${parts[1].textContent}. `
        + `Comes from ${near(true)}, goes into ${near(false)}.`);
    }

    _nodeParts(item) {
      const { node } = item;
      const parts = [made("h3", node.label), made("p", this.model.kinds[node.kind].said,
        { class: `lg-kind lg-of-${node.kind}` })];
      const isTold = [node.source, node.service].includes(node.detail); // among the facts
      if (node.detail && !isTold) parts.push(made("p", node.detail));
      parts.push(this._facts(node), ...this._actions(item));
      [["Comes from", true], ["Goes into", false]].forEach(([title, up]) => {
        parts.push(...this._listed(title, this.model.neighbours(item.members, up),
          node[up ? "unseen_inputs" : "unseen_outputs"] || 0));
      });
      return parts;
    }

    _groupParts(item) {
      const { name, kind } = item.group;
      const { said, counted: [, many] } = this.model.kinds[kind];
      const opener = made("button", "Open the group", { type: "button" });
      opener.addEventListener("click", () => { this.graph.open(item); this.graph.canvas.focus(); });
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
      const { view } = this.graph;
      const actions = made("div", "", { class: "lg-actions" });
      const href = hrefOf(item);
      if (href) {
        const text = href.startsWith("#") ? "Go to its row in the table" : "Open its page";
        actions.append(made("a", text, { href, class: "lg-open" }));
      }
      [["Expand up", true, 1], ["All up", true, Infinity], ["Expand down", false, 1],
        ["All down", false, Infinity]].forEach(([text, up, steps]) => {
        const reached = this.model.reached(item.members, up, steps);
        const more = [...reached].filter((index) => !view.shown.has(index)).length;
        if (!more) return;
        const button = made("button", `${text} (+${more})`, { type: "button" });
        button.addEventListener("click", () => {
          this.graph.expand(up, steps);
          this.graph.canvas.focus();
        });
        actions.append(button);
      });
      const [index] = item.members;
      if (view.opened.has(view.groupOf(index))) {
        const closer = made("button", "Close its group", { type: "button" });
        closer.addEventListener("click", () => {
          view.close(index);
          this.graph.change(true, null, `g${view.groupOf(index)}`);
        });
        actions.append(closer);
      }
      return [actions];
    }

    _listed(title, indices, unseen) {
      if (!indices.length && !unseen) return [];
      const list = made("ul");
      indices.slice(0, LISTED).forEach((index) => {
        const button = made("button", this.model.nodes[index].label, { type: "button" });
        button.addEventListener("click", () => this.graph.find(index));
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

  Object.assign(space, { made, hrefOf, Panel });
})(window.onedagGraph = window.onedagGraph || {});
