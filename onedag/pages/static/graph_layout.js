// Where nodes lie and lines bend: from left to right by dagre, all that is known before the request
// left of the boundary and all else right of it.
((space) => {
  "use strict";

  const BOUNDARY = "boundary";
  const MANY = 150; // nodes from which on the better ranking takes too long

  // Lays out boxes, `{id, width, height, before}`, and links, `{id, from, to, learned}`; those that
  // were learned lead from right to left. Gives the middle of each box and the bends of each link,
  // by id, and where the boundary lies.
  function layout(boxes, links) {
    const graph = new window.dagre.graphlib.Graph({ multigraph: true });
    graph.setGraph({ rankdir: "LR", nodesep: 14, edgesep: 8, ranksep: 46,
      ranker: boxes.length > MANY ? "longest-path" : "network-simplex" });
    const lines = links.map((link) => (
      link.learned ? { ...link, from: link.to, to: link.from } : link));
    boxes.forEach(({ id, width, height }) => graph.setNode(id, { width, height }));
    lines.forEach(({ id, from, to }) => graph.setEdge(from, to, {}, id));
    graph.setNode(BOUNDARY, { width: 1, height: 1 });
    fence(boxes, lines).forEach(([from, to]) => graph.setEdge(from, to, { weight: 0.01 }, "fence"));
    window.dagre.layout(graph);
    const middle = (id) => ({ x: graph.node(id).x, y: graph.node(id).y });
    return {
      middles: new Map(boxes.map(({ id }) => [id, middle(id)])),
      bends: new Map(lines.map((line) => [line.id, bends(graph, line)])),
      boundary: middle(BOUNDARY).x,
    };
  }

  // Unseen edges that hold the sides apart: those of the last boxes before the boundary, and of the
  // first behind it.
  function fence(boxes, lines) {
    const isBefore = new Map(boxes.map(({ id, before }) => [id, before]));
    const inner = lines.filter(({ from, to }) => isBefore.get(from) === isBefore.get(to));
    const [starts, ends] = [new Set(inner.map((l) => l.from)), new Set(inner.map((l) => l.to))];
    return boxes.flatMap(({ id, before }) => {
      if (before) return starts.has(id) ? [] : [[id, BOUNDARY]];
      return ends.has(id) ? [] : [[BOUNDARY, id]];
    });
  }

  // The points of a line between its ends, as weights along the way and distances from it.
  function bends(graph, { id, from, to, learned }) {
    const [source, target] = [graph.node(from), graph.node(to)];
    const ends = [{ x: source.x + source.width / 2, y: source.y },
      { x: target.x - target.width / 2, y: target.y }];
    const between = graph.edge(from, to, id).points.slice(1, -1);
    const points = between.length > 1 ? straightened([ends[0], ...between, ends[1]]) : [];
    if (learned) [ends, points].forEach((each) => each.reverse());
    const [start, end] = ends;
    const [dx, dy] = [end.x - start.x, end.y - start.y];
    const length = Math.hypot(dx, dy) || 1;
    const off = points.map(({ x, y }) => [x - start.x, y - start.y]);
    return {
      weights: off.map(([x, y]) => (x * dx + y * dy) / length ** 2),
      distances: off.map(([x, y]) => (y * dx - x * dy) / length),
    };
  }

  // Without the ends, and without points that lie on the line between their neighbours.
  function straightened(points) {
    const kept = [points[0]];
    for (let place = 1; place < points.length - 1; place += 1) {
      const [a, b, c] = [kept[kept.length - 1], points[place], points[place + 1]];
      const between = a.y + ((c.y - a.y) * (b.x - a.x)) / (c.x - a.x || 1);
      if (Math.abs(between - b.y) > 1) kept.push(b);
    }
    return kept.slice(1);
  }

  space.layout = layout;
})(window.onedagGraph = window.onedagGraph || {});
