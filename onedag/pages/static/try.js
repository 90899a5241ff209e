// The form that asks a service's own endpoint for one row. What is wrong with a field is for the
// endpoint to say, and is shown at the field; try_answer.js shows the answer.
(() => {
  "use strict";

  const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;
  const OFFSET = /(Z|[+-]\d\d:?\d\d)$/i;

  // Integers beyond 2^53 stay what they are, where the browser tells how they are written.
  const parsed = (text) =>
    JSON.parse(text, (_, value, context) => {
      const long = typeof value === "number" && !Number.isSafeInteger(value);
      return long && /^-?\d+$/.test(context?.source ?? "") ? BigInt(context.source) : value;
    });

  const parsedOrNothing = (text) => {
    try {
      return parsed(text);
    } catch {
      return undefined;
    }
  };

  // "2024-03-10 12:00" is that time in UTC; whatever isn't a time is sent as it is.
  const timeOf = (said) => {
    const iso = said.replace(/^(\S+) +(?=\d)/, "$1T");
    return iso.includes("T") && !OFFSET.test(iso) ? `${iso}Z` : iso;
  };

  class Field {
    constructor(root) {
      this.name = root.dataset.field;
      this.kind = root.dataset.kind;
      this.required = "required" in root.dataset;
      this.root = root;
      this.input = root.querySelector("[data-value]");
      this.null = root.querySelector("[data-null]");
      this.said = root.querySelector(".try-wrong");
      this.input.addEventListener("input", () => this.right());
      this.null?.addEventListener("change", () => this.switch());
      root.querySelector("[data-offer]")?.addEventListener("click", (event) => {
        this.input.value = event.currentTarget.textContent;
        this.right();
      });
      this.switch(); // browsers keep what was ticked before a page was loaded again
    }

    switch() {
      this.input.disabled = Boolean(this.null?.checked);
      this.right();
    }

    // JSON text; undefined for a field that is left out.
    literal() {
      if (this.null?.checked) return "null";
      if (this.kind === "text") {
        const { value } = this.input;
        return value === "" ? undefined : JSON.stringify(value);
      }
      const said = this.input.value.trim();
      if (said === "") return undefined;
      if (this.kind === "boolean") return said;
      if (this.kind === "time") return JSON.stringify(timeOf(said));
      const isNumber = this.kind === "integer" || this.kind === "number";
      return isNumber && NUMBER.test(said) ? said : JSON.stringify(said);
    }

    wrong(message) {
      this.said.textContent = message;
      this.mark(true);
    }

    right() {
      this.mark(false);
    }

    mark(isWrong) {
      this.said.hidden = !isWrong;
      this.root.classList.toggle("try-is-wrong", isWrong);
      this.input.setAttribute("aria-invalid", String(isWrong));
      const about = `${this.input.id}-about`;
      this.input.setAttribute("aria-describedby", isWrong ? `${this.said.id} ${about}` : about);
    }
  }

  class Form {
    constructor(root) {
      this.root = root;
      this.fields = [...root.querySelectorAll("[data-field]")].map((field) => new Field(field));
      this.button = root.querySelector("[type=submit]");
      this.state = root.querySelector(".try-state");
      this.alert = root.querySelector(".try-alert");
      this.answer = root.querySelector(".try-answer");
      this.hasModel = "model" in root.dataset;
      this.pages = JSON.parse(root.dataset.pages);
      this.asking = false;
      root.querySelector("form").addEventListener("submit", (event) => {
        event.preventDefault();
        if (!this.asking) this.send();
      });
    }

    async send() {
      const literals = this.fields.map((field) => [field.name, field.literal()])
        .filter(([, literal]) => literal !== undefined);
      const row = literals.map(([name, literal]) => `${JSON.stringify(name)}: ${literal}`).join(", ");
      const sent = Object.fromEntries(literals.map(([name, literal]) => [name, parsed(literal)]));
      this.begin();
      try {
        await this.ask({ body: `{"rows": [{${row}}]}`, sent }, this.hasModel);
      } catch (error) {
        this.refuse([`The server can't be reached: ${error.message}.`]);
      } finally {
        this.end();
      }
    }

    async ask(asked, predict) {
      const path = `${this.root.dataset.api}v1/services/${this.root.dataset.service}/`;
      const wanted = `${predict ? "features=true&" : ""}statuses=true&origins=true`;
      const url = `${path}${predict ? "predict" : "features"}?${wanted}`;
      const headers = { "content-type": "application/json" };
      const start = performance.now();
      const response = await fetch(url, { method: "POST", headers, body: asked.body });
      const text = await response.text();
      const took = performance.now() - start;
      const content = parsedOrNothing(text);
      if (response.ok && content) return this.show({ ...asked, url, text, content, took });
      if (predict && content?.error?.type === "NoModel") {
        return this.ask({ ...asked, noModel: content.error.message }, false);
      }
      return this.refused(response, content?.error);
    }

    begin() {
      this.asking = true;
      this.button.setAttribute("aria-disabled", "true");
      this.root.classList.add("try-busy");
      this.state.textContent = "Asking…";
      this.alert.replaceChildren();
      for (const field of this.fields) field.right();
    }

    end() {
      this.asking = false;
      this.button.removeAttribute("aria-disabled");
      this.root.classList.remove("try-busy");
    }

    show(asked) {
      const { features, predictions } = asked.content;
      this.answer.replaceChildren(...globalThis.onedagAnswer(asked, this.pages));
      this.answer.hidden = false;
      const figure = this.answer.querySelector(".try-figure strong")?.textContent;
      const prediction = predictions ? `prediction ${figure}, ` : "";
      this.state.textContent = `Answered: ${prediction}${features.length} features.`;
    }

    refuse(lines) {
      const note = document.createElement("div");
      note.className = "note note-bad";
      for (const line of lines) note.append(Object.assign(document.createElement("p"), { textContent: line }));
      this.alert.replaceChildren(note);
      this.answer.hidden = true;
      this.state.textContent = "";
    }

    refused(response, error) {
      if (!error) return this.refuse([`The server answered ${response.status} ${response.statusText}.`]);
      const others = [];
      let first;
      for (const { field: place, message } of error.details) {
        const field = this.fields.find(({ name }) => place === name || place.startsWith(`${name}.`));
        field?.wrong(message);
        first ??= field;
        if (!field) others.push(`${place}: ${message}`);
      }
      this.refuse(first ? ["The request can't be used: see the marked fields.", ...others] : error.message.split("\n"));
      first?.input.focus();
    }
  }

  for (const root of document.querySelectorAll(".try")) new Form(root);
})();
