// Sends the form to the service's own endpoint, and shows the answer: the prediction, and for each
// value where it came from, its status and its times. Whatever an answer says is shown as text.
(() => {
  "use strict";

  const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;
  const UNITS = [["d", 86400], ["h", 3600], ["min", 60], ["s", 1]];
  const SEEMS = { PRESENT: "good", NULL: "plain", STALE: "warn", MISSING: "bad" };
  const MEANS = {
    PRESENT: "a value.",
    NULL: "there is a row, or a field, and its value is null.",
    STALE: "the newest value is older than its max_age, so it counts as missing.",
    MISSING: "nothing is known of this key.",
  };
  const CLASSES = { store: "stored" };

  // Elements, from text that is never taken for HTML.

  const element = (tag, attributes, ...inside) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes ?? {})) {
      if (value !== undefined) made.setAttribute(name, value);
    }
    made.append(...inside.filter((each) => each !== undefined && each !== ""));
    return made;
  };
  const linked = (name, href) =>
    href ? element("a", { href, class: "name" }, name) : element("span", { class: "name" }, name);
  const listed = (items) => items.flatMap((item, at) => (at ? [", ", item] : [item]));

  // JSON: integers beyond 2^53 are sent and shown digit by digit.

  const parsed = (text) =>
    JSON.parse(text, (_, value, context) => {
      const exact = context?.source;
      const long = typeof value === "number" && !Number.isSafeInteger(value);
      return long && exact && /^-?\d+$/.test(exact) ? BigInt(exact) : value;
    });

  const indented = (text) => {
    let depth = 0;
    return text.replace(/"(?:[^"\\]|\\.)*"|[[{]\s*[\]}]|[[{]|[\]}]|,|:/g, (token) => {
      if (token === "," || token === ":") return token === ":" ? ": " : `,\n${"  ".repeat(depth)}`;
      if (token === "[" || token === "{") return `${token}\n${"  ".repeat(++depth)}`;
      if (token === "]" || token === "}") return `\n${"  ".repeat(--depth)}${token}`;
      return token;
    });
  };

  // How values, ages and times are written.

  const shown = (value) => {
    if (value === null || value === undefined) return element("span", { class: "muted" }, "null");
    if (typeof value === "number" && !Number.isInteger(value)) {
      const short = String(Number(value.toPrecision(6)));
      const full = String(value);
      return element("data", { value: full, title: short === full ? undefined : full }, short);
    }
    if (typeof value === "object") return element("code", {}, JSON.stringify(value));
    return element("span", {}, value === "" ? '""' : String(value));
  };

  const length = (seconds) => {
    const parts = [];
    let left = Math.round(seconds);
    for (const [unit, size] of UNITS) {
      const count = Math.floor(left / size);
      if (count || parts.length) parts.push(count ? `${count} ${unit}` : "");
      left -= count * size;
    }
    return parts.slice(0, 2).filter(Boolean).join(" ") || "0 s";
  };

  const moment = (iso) => {
    const said = iso.replace("T", " ").replace(/(\.\d*?)0*Z$/, "$1Z").replace(/\.?Z$/, " UTC");
    return element("time", { datetime: iso }, said);
  };

  const age = (iso, at) => {
    if (!at) return "";
    const seconds = (Date.parse(at) - Date.parse(iso)) / 1000;
    if (seconds < 0) return `${length(-seconds)} after the row's time`;
    return `${length(seconds)} before the row's time`;
  };

  const badge = (status) =>
    element("span", { class: `badge badge-${SEEMS[status] ?? "plain"}` }, status);
  const originBadge = (origin) =>
    element("span", { class: `origin origin-${CLASSES[origin] ?? origin}` }, origin);

  class Form {
    constructor(root) {
      this.root = root;
      this.form = root.querySelector("form");
      this.button = root.querySelector("button[type=submit]");
      this.state = root.querySelector(".try-state");
      this.alert = root.querySelector(".try-alert");
      this.answer = root.querySelector(".try-answer");
      this.fields = [...root.querySelectorAll(".try-field")];
      this.pages = JSON.parse(root.dataset.pages);
      this.views = JSON.parse(root.dataset.views);
      this.asking = false;
      this.form.addEventListener("submit", (event) => {
        event.preventDefault();
        this.send();
      });
      for (const field of this.fields) this.prepare(field);
    }

    prepare(field) {
      const box = field.querySelector("[data-null]");
      const input = this.input(field);
      input.addEventListener("input", () => this.right(field));
      box?.addEventListener("change", () => {
        input.disabled = box.checked;
        this.right(field);
      });
      if (box?.checked) input.disabled = true; // as the browser remembers it
    }

    input(field) {
      return field.querySelector("input:not([type=checkbox]), select");
    }

    // What is sent: JSON text for each field; undefined for one that is left out.

    literal(field) {
      if (field.querySelector("[data-null]")?.checked) return "null";
      const { kind, required } = field.dataset;
      const value = this.input(field).value;
      if (kind === "text") {
        return value === "" && required !== "true" ? undefined : JSON.stringify(value);
      }
      const said = value.trim();
      if (said === "") return undefined;
      if (kind === "boolean") return said;
      if (kind === "time") return JSON.stringify(`${said}${said.length === 16 ? ":00" : ""}Z`);
      const isNumber = kind === "integer" || kind === "number";
      return isNumber && NUMBER.test(said) ? said : JSON.stringify(said); // the API says what's wrong
    }

    row() {
      const members = this.fields.map((field) => [field.dataset.field, this.literal(field)]);
      return Object.fromEntries(members.filter(([, text]) => text !== undefined));
    }

    // Asking.

    async send() {
      if (this.asking) return;
      this.clear();
      const half = this.fields.filter((field) => this.input(field).validity.badInput);
      if (half.length) {
        for (const field of half) this.wrong(field, "This isn't a whole date and time");
        return this.refuse("A field isn't filled in to its end.", half);
      }
      const row = this.row();
      const members = Object.entries(row).map(([name, text]) => `${JSON.stringify(name)}:${text}`);
      const body = `{"rows":[{${members.join(",")}}]}`;
      this.busy(true);
      try {
        await this.ask(body, row, this.root.dataset.model === "true");
      } catch (error) {
        this.refuse(`The server can't be reached: ${error.message}`);
      } finally {
        this.busy(false);
      }
    }

    async ask(body, row, predict) {
      const path = `${this.root.dataset.api}v1/services/${this.root.dataset.service}/`;
      const query = `${predict ? "features=true&" : ""}statuses=true&origins=true`;
      const url = `${path}${predict ? "predict" : "features"}?${query}`;
      const headers = { "content-type": "application/json" };
      const started = performance.now();
      const response = await fetch(url, { method: "POST", headers, body });
      const text = await response.text();
      const took = performance.now() - started;
      const content = this.read(text);
      if (response.ok && content) return this.show({ content, text, body, row, url, took });
      if (predict && content?.error?.type === "NoModel") return this.ask(body, row, false);
      return this.refused(response, content);
    }

    read(text) {
      try {
        return parsed(text);
      } catch {
        return undefined;
      }
    }

    // States and errors.

    busy(is) {
      this.asking = is;
      this.button.setAttribute("aria-disabled", String(is));
      this.root.classList.toggle("try-busy", is);
      if (is) this.state.textContent = "Asking…";
      else if (this.state.textContent === "Asking…") this.state.textContent = "";
    }

    clear() {
      this.alert.replaceChildren();
      this.state.textContent = "";
      this.answer.hidden = true;
      this.answer.replaceChildren();
      for (const field of this.fields) this.right(field);
    }

    wrong(field, message) {
      const said = field.querySelector(".try-wrong");
      const input = this.input(field);
      said.textContent = message;
      said.hidden = false;
      field.classList.add("try-is-wrong");
      input.setAttribute("aria-invalid", "true");
      input.setAttribute("aria-describedby", `${said.id} ${input.id}-about`);
    }

    right(field) {
      const input = this.input(field);
      field.querySelector(".try-wrong").hidden = true;
      field.classList.remove("try-is-wrong");
      input.removeAttribute("aria-invalid");
      input.setAttribute("aria-describedby", `${input.id}-about`);
    }

    refuse(message, fields = []) {
      const lines = message.split("\n").map((line) => element("p", {}, line));
      this.alert.replaceChildren(element("div", { class: "note note-bad" }, ...lines));
      if (fields.length) this.input(fields[0]).focus();
    }

    refused(response, content) {
      const error = content?.error;
      if (!error) return this.refuse(`The server answered ${response.status} ${response.statusText}`);
      const left = [];
      const fields = [];
      for (const detail of error.details ?? []) {
        const name = String(detail.field).split(".")[0];
        const field = this.fields.find((each) => each.dataset.field === name);
        if (field) {
          this.wrong(field, detail.message);
          fields.push(field);
        } else left.push(`${detail.field}: ${detail.message}`);
      }
      const known = fields.length ? ["The request can't be used; the fields say why."] : [error.message];
      return this.refuse([...known, ...(fields.length ? left : [])].join("\n"), fields);
    }

    // The answer.

    show(answer) {
      const { content } = answer;
      const probability = content.predictions?.[0];
      this.answer.replaceChildren(
        ...this.summary(answer, probability),
        this.table(answer),
        this.statuses(),
        this.json(answer),
      );
      this.answer.hidden = false;
      const figure = shown(probability).textContent;
      this.state.textContent = content.predictions
        ? `Answered: prediction ${figure}, ${content.features.length} features.`
        : `Answered: ${content.features.length} features.`;
    }

    summary({ content, took }, probability) {
      const parts = [];
      if (content.predictions) {
        const bar = element("meter", { min: 0, max: 1, value: probability ?? 0, "aria-hidden": "true" });
        const said = element("span", { class: "try-said" }, "prediction of the model");
        parts.push(
          element("p", { class: "try-figure" }, element("strong", {}, shown(probability)), said),
          probability === null ? "" : bar,
        );
      } else if (this.root.dataset.model === "true") {
        parts.push(element("p", { class: "note note-warn" }, "There is no model any more: features only."));
      }
      if (content.store_error) {
        const said = "The store couldn't be read, and the service answers as for unknown keys: ";
        parts.push(element("p", { class: "note note-warn" }, `${said}${content.store_error}`));
      }
      const time = content.event_timestamps?.[0];
      const facts = [["Run", element("code", {}, content.run_id)]];
      if (time) facts.push(["Row's time", moment(time)]);
      facts.push(["Took", `${Math.max(1, Math.round(took))} ms, the way here and back included`]);
      facts.push(["Statuses", element("span", { class: "try-tally" }, ...this.tally(content))]);
      const pairs = facts.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]);
      return [...parts.filter(Boolean), element("dl", { class: "pairs" }, ...pairs)];
    }

    tally({ statuses }) {
      const counts = {};
      for (const status of Object.values(statuses[0])) counts[status] = (counts[status] ?? 0) + 1;
      return Object.keys(MEANS).filter((status) => counts[status]).map((status) =>
        element("span", {}, badge(status), ` ${counts[status]}`));
    }

    table(answer) {
      const heads = ["Feature", "Value", "Status", "From", "Newest row behind it"];
      const head = element("tr", {}, ...heads.map((text) => element("th", { scope: "col" }, text)));
      const rows = answer.content.features.map((name) => this.feature(name, answer, heads));
      const caption = "Features, in the model's order, and where each came from";
      return element("div", { class: "table-frame", role: "region", tabindex: "0", "aria-label": caption },
        element("table", { class: "stacks try-features" }, element("caption", {}, caption),
          element("thead", {}, head), element("tbody", {}, ...rows)));
    }

    feature(name, answer, heads) {
      const { content } = answer;
      const stored = content.stored[0]?.[name];
      const cells = [
        [shown(content.rows[0][name])],
        [badge(content.statuses[0][name])],
        this.from(name, answer),
        stored ? this.times(stored, content) : [],
      ];
      return element("tr", {}, element("th", { scope: "row" }, linked(name, this.pages[name])),
        ...cells.map((inside, at) => element("td", { "data-label": heads[at + 1] }, ...inside)));
    }

    from(name, answer) {
      const origin = answer.content.origins[name];
      const said = [originBadge(origin.origin), " "];
      if (origin.origin === "store") return [...said, ...this.view(origin)];
      if (origin.origin === "request") return [...said, this.sent(name, answer)];
      const inputs = origin.inputs.map((input) => linked(input, this.pages[input]));
      return [...said, element("details", { class: "try-made" },
        element("summary", {}, "of ", ...listed(origin.inputs.map((input) => element("span", { class: "name" }, input)))),
        ...(inputs.length ? [this.leaves(name, answer)] : []))];
    }

    view(origin) {
      const by = origin.inputs.length ? ` by ${origin.inputs.join(", ")}` : ", one value for all";
      return [element("span", {}, linked(origin.view, this.views[origin.view]), by)];
    }

    sent(name, { row, content }) {
      if (name in row) return element("span", {}, "as sent");
      return element("span", {}, content.event_timestamps?.length && name === "event_timestamp"
        ? "the server's present" : "left out: its default");
    }

    times(stored, content) {
      if (!stored.event_ts) return [element("span", { class: "muted" }, "none")];
      const at = content.event_timestamps?.[0];
      const late = at && Date.parse(stored.event_ts) > Date.parse(at);
      const said = element("span", { class: late ? "try-late" : "" }, age(stored.event_ts, at));
      const known = stored.known_ts === stored.event_ts ? [] : [" · known ", moment(stored.known_ts)];
      const asOf = stored.as_of ? [" · stored as of ", moment(stored.as_of)] : [];
      return [said, element("span", { class: "small try-times" }, moment(stored.event_ts), ...known, ...asOf)];
    }

    // What a computed feature comes from: fields, stored and fitted values.

    leaves(name, answer) {
      const { origins } = answer.content;
      const found = [];
      const seen = new Set();
      const left = [...origins[name].inputs];
      while (left.length) {
        const next = left.shift();
        if (seen.has(next) || !origins[next]) continue;
        seen.add(next);
        if (origins[next].origin === "computed") left.push(...origins[next].inputs);
        else found.push(next);
      }
      return element("ul", { class: "try-leaves" }, ...found.map((leaf) => this.leaf(leaf, answer)));
    }

    leaf(name, answer) {
      const { content, row } = answer;
      const origin = content.origins[name];
      const stored = content.stored[0]?.[name];
      const inside = [originBadge(origin.origin), " ", linked(name, this.pages[name]), " = "];
      if (stored) {
        inside.push(shown(stored.value), " ", badge(stored.status), " ", ...this.view(origin), " ");
        inside.push(...this.times(stored, content));
      } else if (origin.origin === "fitted") inside.push(shown(content.fitted[name]));
      else if (name in row) inside.push(shown(this.read(row[name])), ", as sent");
      else if (name === "event_timestamp") inside.push(moment(content.event_timestamps[0]));
      else inside.push("left out: its default");
      return element("li", {}, ...inside);
    }

    statuses() {
      const pairs = Object.entries(MEANS).flatMap(([status, text]) =>
        [element("dt", {}, badge(status)), element("dd", {}, text)]);
      return element("details", {}, element("summary", {}, "What the statuses mean"),
        element("p", {}, "What is made of a value has its worst status, even where a default makes up for it."),
        element("dl", { class: "pairs" }, ...pairs));
    }

    json({ url, body, text }) {
      const quoted = body.replaceAll("'", "'\\''");
      const command = `curl -X POST '${new URL(url, location.href)}' \\\n  -H 'content-type: application/json' \\\n  -d '${quoted}'`;
      const pre = (what, content) => element("pre", { tabindex: "0", role: "region", "aria-label": what }, content);
      return element("details", {}, element("summary", {}, "Request and answer as they were sent"),
        pre("The request as a command", command), pre("The answer as JSON", indented(text)));
    }
  }

  for (const root of document.querySelectorAll(".try")) new Form(root);
})();
