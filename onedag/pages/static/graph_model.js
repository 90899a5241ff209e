// What a lineage graph is made of, and which part of it is to be seen. Knows nothing of drawing.
((space) => {
  "use strict";

  // How nodes are gathered: the first of these that a node has is its group's name.
  const GROUPINGS = {
    module: ["module", "source", "service"],
    view: ["view", "source", "service"],
    source: ["source", "service"],
    entity: ["entity", "source", "service"],
    service: ["service"],
    kind: [],
  };
  const READABLE = 60; // nodes that are drawn before they are gathered in groups
  const NEAR = 30; // nodes around a focus that are seen at a glance
  const DRAWABLE = 300; // nodes whose layout takes about a second
  const ALONE = new Set(["service", "model"]);

  // The whole graph: nodes by index, what each comes from and what it goes into.
  class Model {
    constructor(data) {
      this.nodes = data.nodes;
      this.kinds = data.kinds;
      this.edges = data.edges;
      this.focus = data.focus;
      this.inputs = data.nodes.map(() => []);
      this.outputs = data.nodes.map(() => []);
      for (const edge of data.edges) {
        this.outputs[edge.from].push(edge.to);
        this.inputs[edge.to].push(edge.from);
      }
    }

    // The nodes within some steps up or down of the starts, these included.
    reached(starts, up, steps = Infinity) {
      const next = up ? this.inputs : this.outputs;
      const found = new Set(starts);
      let front = [...found];
      for (let step = 0; step < steps && front.length; step += 1) {
        front = [...new Set(front.flatMap((index) => next[index]))].filter((i) => !found.has(i));
        front.forEach((index) => found.add(index));
      }
      return found;
    }

    // What some nodes come from or go into at once, themselves left out.
    neighbours(members, up) {
      return [...this.reached(members, up, 1)].filter((index) => !members.includes(index));
    }

    around(starts, steps) {
      const up = this.reached(starts, true, steps);
      return new Set([...up, ...this.reached(starts, false, steps)]);
    }

    all() {
      return new Set(this.nodes.keys());
    }

    // The nodes whose name has the text in it; those that begin with it come first.
    matching(text, most) {
      const wanted = text.trim().toLowerCase();
      if (!wanted) return [];
      const places = this.nodes.map((node, index) => [node.label.toLowerCase().indexOf(wanted),
        node.label.length, index]);
      return places.filter(([at]) => at >= 0)
        .sort((a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2])
        .slice(0, most).map(([, , index]) => index);
    }
  }

  // What is seen of a model: some of its nodes, gathered by a grouping, some groups opened.
  class View {
    constructor(model) {
      this.model = model;
      this.reset();
    }

    // Everything if it can be read, else the focus and what is near it.
    reset() {
      const { model } = this;
      const all = model.all();
      if (!model.focus.length || all.size <= NEAR) {
        this.show(all, model.focus);
        return;
      }
      const near = [2, 1].map((steps) => model.around(model.focus, steps));
      this.show(near.find(({ size }) => size <= NEAR) || near[1], model.focus);
    }

    // Show these nodes; gathered, if they are too many to be read. `kept` stay by themselves.
    show(indices, kept = []) {
      this.shown = new Set(indices);
      this.kept = new Set(kept.length <= 5 ? kept : []);
      this.opened = new Set();
      this.by = "";
      if (indices.size > READABLE) this.by = this._best();
    }

    // Gather by another grouping; false, and nothing changes, if too many nodes would be left.
    group(by) {
      return this._tried(() => { this.by = by; this.opened = new Set(); });
    }

    // Show more nodes; false, and nothing changes, if they were too many.
    add(indices) {
      return this._tried(() => { this.shown = new Set([...this.shown, ...indices]); });
    }

    open(key) {
      return this._tried(() => { this.opened = new Set([...this.opened, key]); });
    }

    // Put a node back into its group.
    close(index) {
      this.opened.delete(this.groupOf(index));
      this.kept.delete(index);
    }

    // The key of the group that a node belongs to; empty if it always stands alone.
    groupOf(index) {
      const node = this.model.nodes[index];
      if (!this.by || (ALONE.has(node.kind) && this.by !== "kind")) return "";
      return JSON.stringify([this.groupName(index), node.kind]);
    }

    groupName(index) {
      const node = this.model.nodes[index];
      return GROUPINGS[this.by].map((name) => node[name]).find(Boolean) || "";
    }

    // What is drawn: an item per node or group, with the indices of its members.
    items() {
      const members = new Map();
      for (const index of [...this.shown].sort((a, b) => a - b)) {
        const key = this.groupOf(index);
        const id = !key || this.opened.has(key) || this.kept.has(index) ? `n${index}` : `g${key}`;
        if (!members.has(id)) members.set(id, []);
        members.get(id).push(index);
      }
      return [...members].map(([id, indices]) => (
        indices.length === 1 ? this._single(indices[0]) : this._group(id, indices)));
    }

    // Lines between items; one of values hides one of look-ups.
    links(items) {
      const holder = new Map(items.flatMap((item) => item.members.map((m) => [m, item.id])));
      const links = new Map();
      for (const edge of this.model.edges) {
        const [from, to] = [holder.get(edge.from), holder.get(edge.to)];
        if (from === undefined || to === undefined || from === to) continue;
        const id = `${from} ${to}`;
        const known = links.get(id) || { id, from, to, key: true, learned: true };
        known.key = known.key && Boolean(edge.key);
        known.learned = known.learned && Boolean(edge.learned);
        links.set(id, known);
      }
      return [...links.values()];
    }

    _single(index) {
      return { id: `n${index}`, members: [index], node: this.model.nodes[index] };
    }

    _group(id, members) {
      const { kind, before } = this.model.nodes[members[0]];
      return { id, members, group: { key: id.slice(1), kind, before,
        name: this.groupName(members[0]) } };
    }

    _best() {
      const counts = Object.keys(GROUPINGS).map((by) => {
        this.by = by;
        return [by, this.items().length];
      });
      const readable = counts.find(([, count]) => count <= READABLE);
      return (readable || counts.reduce((a, b) => (b[1] < a[1] ? b : a)))[0];
    }

    _tried(change) {
      const { shown, by, opened } = this;
      change();
      const count = this.items().length;
      if (count <= DRAWABLE) return true;
      Object.assign(this, { shown, by, opened, refused: count });
      return false;
    }
  }

  space.GROUPINGS = Object.keys(GROUPINGS);
  space.DRAWABLE = DRAWABLE;
  space.Model = Model;
  space.View = View;
})(window.onedagGraph = window.onedagGraph || {});
