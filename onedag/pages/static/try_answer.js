// Shows what a service answered to the form of try.js: the prediction, and for each value where it
// came from, its status and its times. Whatever an answer says is shown as text.
(() => {
  "use strict";

  const UNITS = [["d", 86400], ["h", 3600], ["min", 60], ["s", 1]];
  const TONES = { PRESENT: "good", NULL: "plain", STALE: "warn", MISSING: "bad" };
  const MEANINGS = {
    PRESENT: "a value.",
    NULL: "there is a row, or a field, and its value is null.",
    STALE: "the newest value is older than its max_age, so it counts as missing.",
    MISSING: "nothing is known of this key.",
  };
  const HEADS = ["Feature", "Value", "Status", "From", "Newest row behind it"];
  const CAPTION = "Features, in the model's order, and where each came from";

  // Elements, from text that is never taken for HTML.

  const element = (tag, attributes, ...inside) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (value !== undefined) made.setAttribute(name, value);
    }
    made.append(...inside);
    return made;
  };
  const code = (text) => element("span", { class: "name" }, text);
  const linked = (name, href) => (href ? element("a", { href, class: "name" }, name) : code(name));
  const listed = (items) => items.flatMap((item, at) => (at ? [", ", item] : [item]));
  const pairs = (facts) =>
    element("dl", { class: "pairs" }, ...facts.flatMap(([name, ...inside]) => [
      element("dt", {}, name),
      element("dd", {}, ...inside),
    ]));
  const note = (text) => element("p", { class: "note note-warn" }, text);
  const folded = (summary, ...inside) =>
    element("details", {}, element("summary", {}, summary), ...inside);

  // How values, ages and times are written.

  const plainly = (_, value) => (typeof value === "bigint" ? String(value) : value);

  const written = (value) => {
    if (value === null || value === undefined) return element("span", { class: "muted" }, "null");
    if (typeof value === "number" && !Number.isInteger(value)) {
      const [short, full] = [String(Number(value.toPrecision(6))), String(value)];
      return element("data", { value: full, title: short === full ? undefined : full }, short);
    }
    if (typeof value === "object") return element("code", {}, JSON.stringify(value, plainly));
    return element("span", {}, value === "" ? '""' : String(value));
  };

  const duration = (seconds) => {
    const parts = [];
    let left = Math.round(seconds);
    for (const [unit, size] of UNITS) {
      const count = Math.floor(left / size);
      if (count || parts.length) parts.push(count ? `${count} ${unit}` : "");
      left -= count * size;
    }
    return parts.slice(0, 2).filter(Boolean).join(" ") || "0 s";
  };

  // 2024-03-10T12:00:00.500000Z is 2024-03-10 12:00:00.5 UTC, and without seconds if they are 0.
  const moment = (iso) => {
    const short = iso.replace("T", " ").replace("Z", "").replace(/(\.\d*?)0+$/, "$1");
    const said = short.replace(/\.$/, "").replace(/^(\S+ \d\d:\d\d):00$/, "$1");
    return element("time", { datetime: iso }, `${said} UTC`);
  };

  // When a row became known, without the day where it happened on the same.
  const sameDay = ({ event_ts: event, known_ts: known }) => {
    const made = moment(known);
    if (event.slice(0, 10) === known.slice(0, 10)) made.textContent = made.textContent.slice(11);
    return made;
  };

  const age = (iso, at) => {
    if (!at) return "";
    const seconds = (Date.parse(at) - Date.parse(iso)) / 1000;
    if (seconds < 0) return element("span", { class: "try-late" }, `${duration(-seconds)} after the row's time`);
    return `${duration(seconds)} old`;
  };

  const badge = (status) =>
    element("span", { class: `badge badge-${TONES[status] ?? "plain"}` }, status);
  const origin = (kind) =>
    element("span", { class: `origin origin-${kind === "store" ? "stored" : kind}` }, kind);

  // JSON on lines of its own, no character of it changed.
  const indented = (text) => {
    let depth = 0;
    const line = () => `\n${"  ".repeat(depth)}`;
    return text.replace(/"(?:[^"\\]|\\.)*"|\[\]|\{\}|[[\]{},:]/g, (token) => {
      if (token === ":") return ": ";
      if (token === ",") return token + line();
      if (token === "[" || token === "{") {
        depth += 1;
        return token + line();
      }
      if (token === "]" || token === "}") {
        depth -= 1;
        return line() + token;
      }
      return token;
    });
  };

  class Answer {
    // asked: what was sent, and what came back; `sent` has the values of the row by field.
    constructor(asked, pages) {
      Object.assign(this, asked, asked.content);
      this.stored = this.content.stored[0] ?? {};
      this.at = this.content.event_timestamps[0];
      this.pages = pages;
    }

    elements() {
      return [...this.notes(), ...this.prediction(), this.facts(), this.table(), this.legend(), this.json()];
    }

    notes() {
      const said = [];
      if (this.noModel) said.push(note(`These are the features only. ${this.noModel}`));
      if (this.store_error) {
        said.push(note(`The store couldn't be read, so its values are those of unknown keys. ${this.store_error}`));
      }
      return said;
    }

    prediction() {
      if (!this.predictions) return [];
      const [probability] = this.predictions;
      const figure = element("p", { class: "try-figure" }, element("strong", {}, written(probability)), " ",
        element("span", { class: "muted" }, "prediction of the model"));
      if (probability === null || probability < 0 || probability > 1) return [figure];
      return [figure, element("meter", { min: 0, max: 1, value: probability, "aria-hidden": "true" })];
    }

    facts() {
      const facts = [["Run", element("code", {}, this.run_id)]];
      if (this.at) facts.push(["Row's time", moment(this.at)]);
      const views = this.views();
      if (views.length) facts.push(["Stored values", element("ul", { class: "try-views" }, ...views)]);
      facts.push(["Statuses", element("span", { class: "try-tally" }, ...this.tally())]);
      facts.push(["Took", `${Math.max(1, Math.round(this.took))} ms, the way there and back included`]);
      return pairs(facts);
    }

    views() {
      const views = new Map();
      for (const [name, { as_of: asOf }] of Object.entries(this.stored)) {
        if (!views.has(asOf)) views.set(asOf, new Set());
        views.get(asOf).add(this.origins[name].view);
      }
      return [...views].map(([asOf, names]) => element("li", {},
        ...listed([...names].map((name) => linked(name, this.pages.views[name]))),
        ...(asOf ? [": as of ", moment(asOf)] : [" couldn't be read"])));
    }

    tally() {
      const counts = {};
      for (const status of Object.values(this.statuses[0])) counts[status] = (counts[status] ?? 0) + 1;
      return Object.keys(MEANINGS).filter((status) => counts[status])
        .map((status) => element("span", {}, badge(status), ` ${counts[status]}`));
    }

    table() {
      const heads = HEADS.map((text) => element("th", { scope: "col" }, text));
      const frame = { class: "table-frame", role: "region", tabindex: "0", "aria-label": CAPTION };
      return element("div", frame, element("table", { class: "stacks try-features" },
        element("caption", {}, CAPTION),
        element("thead", {}, element("tr", {}, ...heads)),
        element("tbody", {}, ...this.features.map((name) => this.feature(name)))));
    }

    feature(name) {
      const stored = this.stored[name];
      const cells = [
        [written(this.rows[0][name])],
        [badge(this.statuses[0][name])],
        this.from(name),
        ...(stored ? [this.times(stored)] : []),
      ];
      const wide = (at) => (!stored && at === cells.length - 1 ? 2 : undefined);
      return element("tr", {}, element("th", { scope: "row" }, linked(name, this.pages.features[name])),
        ...cells.map((inside, at) => element("td", { "data-label": HEADS[at + 1], colspan: wide(at) }, ...inside)));
    }

    from(name) {
      const { origin: kind, inputs, view } = this.origins[name];
      if (kind === "store") return [origin(kind), " ", ...this.key(view, inputs)];
      if (kind === "request") return [origin(kind), " ", this.given(name)];
      const summary = element("summary", {}, "of ", ...listed(inputs.map(code)));
      const leaves = this.leaves(inputs).map((leaf) => element("li", {}, ...this.leaf(leaf)));
      return [origin(kind), " ", element("details", { class: "try-made" }, summary,
        element("ul", { class: "try-leaves" }, ...leaves))];
    }

    key(view, keys) {
      return [linked(view, this.pages.views[view]), keys.length ? ` by ${keys.join(", ")}` : ", one value for all"];
    }

    given(name) {
      if (name in this.sent) return "as sent";
      return name === "event_timestamp" ? "the server's present" : "left out: its default";
    }

    times(stored) {
      if (!stored.event_ts) return [element("span", { class: "muted" }, "none")];
      const known = stored.known_ts === stored.event_ts ? [] : [", known ", sameDay(stored)];
      return [age(stored.event_ts, this.at), " ",
        element("span", { class: "small try-exactly" }, moment(stored.event_ts), ...known)];
    }

    // The fields, stored and fitted values that a computed feature comes from in the end.
    leaves(inputs) {
      const [seen, left, found] = [new Set(), [...inputs], []];
      while (left.length) {
        const name = left.shift();
        if (seen.has(name)) continue;
        seen.add(name);
        const from = this.origins[name];
        if (from.origin === "computed") left.push(...from.inputs);
        else found.push(name);
      }
      return found;
    }

    leaf(name) {
      const { origin: kind, inputs, view } = this.origins[name];
      const start = [origin(kind), " ", linked(name, this.pages.features[name]), " = "];
      if (kind === "fitted") return [...start, written(this.fitted[name])];
      if (kind === "store") {
        const stored = this.stored[name];
        return [...start, written(stored.value), " ", badge(stored.status), " ", ...this.key(view, inputs), ", ",
          ...this.times(stored)];
      }
      if (name in this.sent) return [...start, written(this.sent[name]), ", as sent"];
      return [...start, ...(name === "event_timestamp" ? [moment(this.at), ", "] : []), this.given(name)];
    }

    legend() {
      return folded("What the statuses mean",
        element("p", {}, "What is made of a value has its worst status, even where a default makes up for it."),
        pairs(Object.entries(MEANINGS).map(([status, text]) => [badge(status), text])));
    }

    json() {
      const data = this.body.replaceAll("'", "'\\''");
      const command = `curl -X POST '${new URL(this.url, location.href)}' \\\n` +
        `  -H 'content-type: application/json' \\\n  -d '${data}'`;
      const pre = (label, text) =>
        element("pre", { tabindex: "0", role: "region", "aria-label": label }, text);
      return folded("Request and answer as they were sent",
        pre("The request as a command", command), pre("The answer as JSON", indented(this.text)));
    }
  }

  globalThis.onedagAnswer = (asked, pages) => new Answer(asked, pages).elements();
})();
