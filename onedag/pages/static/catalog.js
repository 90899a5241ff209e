/* Search as you type, on every page; what a query finds on the first page of a static site; and
   long tables that can be narrowed down. The order of what is found is that of
   onedag/pages/search.py. */
"use strict";

(() => {
  const KINDS = ["service", "feature", "fitted value", "function", "entity", "source", "view",
    "column", "request field"];
  const EXACT = 100, BEGINS = 60, PART_BEGINS = 40, CONTAINS = 25, LABEL = 20, SAID = 5;
  const SHOWN = 12; // below the box; all are on the page of results
  const LISTED = 200;
  const MOST = 12; // words of a query that are looked for

  /* Finding */

  const dashed = (text) => text.toLowerCase().replaceAll(" ", "-");

  function prepared(row) {
    const [kind, name, page, anchor, about, owner, tags, words] = row;
    const lower = name.toLowerCase();
    return {
      kind, name, page, anchor, about, lower,
      rank: KINDS.indexOf(kind),
      parts: lower.split(/[^0-9a-z]+/),
      owner: owner.toLowerCase(),
      tags: tags.map((tag) => tag.toLowerCase()),
      labels: { owner: owner ? [dashed(owner)] : [], tag: tags.map(dashed), kind: [dashed(kind)] },
      said: `${about} ${owner} ${tags.join(" ")} ${words}`.toLowerCase(),
    };
  }

  function fits(entry, term) {
    const label = /^(owner|tag|kind):(.*)$/s.exec(term);
    if (label) return entry.labels[label[1]].includes(label[2]) ? LABEL : 0;
    if (entry.lower === term) return EXACT;
    if (entry.lower.startsWith(term)) return BEGINS;
    if (entry.parts.some((part) => part.startsWith(term))) return PART_BEGINS;
    if (entry.lower.includes(term)) return CONTAINS;
    if (entry.owner === term || entry.tags.includes(term)) return LABEL;
    return entry.said.includes(term) ? SAID : 0;
  }

  function score(entry, terms) {
    let total = 0;
    for (const term of terms) {
      const found = fits(entry, term);
      if (!found) return 0;
      total += found;
    }
    return total;
  }

  const compared = (a, b) => (a < b ? -1 : Number(a > b));

  function find(entries, query) {
    const terms = [...new Set(query.toLowerCase().split(/\s+/).filter(Boolean))].slice(0, MOST);
    if (!terms.length) return [];
    return entries.map((entry) => [score(entry, terms), entry]).filter(([points]) => points)
      .sort(([a, left], [b, right]) => b - a || left.rank - right.rank
        || left.name.length - right.name.length || compared(left.name, right.name))
      .map(([, entry]) => entry);
  }

  /* What is found, as elements */

  const form = document.querySelector("form.search");
  const { index, root, suffix } = form.dataset;
  let loading = null;

  /* The entries, loaded once: by a script, since a file can't fetch another. */
  function loaded() {
    loading ??= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = index;
      script.addEventListener("load", () => resolve(globalThis.onedagEntries.map(prepared)));
      script.addEventListener("error", () => {
        loading = null;
        reject(new Error(`${index} can't be loaded`));
      });
      document.head.append(script);
    });
    return loading;
  }

  function made(name, className, text = "") {
    const element = document.createElement(name);
    element.className = className;
    element.textContent = text;
    return element;
  }

  function href(entry) {
    const anchor = entry.anchor ? `#${encodeURIComponent(entry.anchor)}` : "";
    return `${root}${entry.page.split("/").map(encodeURIComponent).join("/")}${suffix}${anchor}`;
  }

  const counted = (count) => `${count.toLocaleString("en")} result${count === 1 ? "" : "s"}`;

  /* The box of the header: a combobox with a list below it. */

  class Box {
    constructor() {
      this.input = form.querySelector("input");
      this.list = form.querySelector(".search-found");
      this.said = form.querySelector("[role=status]");
      this.chosen = -1;
      this.options = [];
      const attributes = { role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false",
        "aria-controls": this.list.id };
      Object.entries(attributes).forEach(([key, value]) => this.input.setAttribute(key, value));
      this.list.setAttribute("role", "listbox");
      this.list.setAttribute("aria-label", "What is found");
      this.input.addEventListener("input", () => this.search());
      this.input.addEventListener("focus", () => this.search());
      this.input.addEventListener("keydown", (event) => this.key(event));
      // Not on blur: a click on an option would come too late.
      document.addEventListener("pointerdown", (event) => {
        if (!form.contains(event.target)) this.close();
      });
      form.addEventListener("focusout", (event) => {
        if (event.relatedTarget && !form.contains(event.relatedTarget)) this.close();
      });
      document.addEventListener("keydown", (event) => this.jump(event));
    }

    /* "/" leads here from anywhere that no text is written. */
    jump(event) {
      const writes = event.target.closest("input, textarea, select, [contenteditable]");
      if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || writes) return;
      event.preventDefault();
      this.input.focus();
      this.input.select();
    }

    async search() {
      const query = this.input.value;
      let entries;
      try {
        entries = await loaded();
      } catch (error) {
        this.said.textContent = `Search isn't there: ${error.message}.`;
        return;
      }
      if (query !== this.input.value) return; // another letter has come meanwhile
      if (!query.trim()) this.close();
      else if (document.activeElement === this.input) this.show(find(entries, query), query);
    }

    show(found, query) {
      this.options = found.slice(0, SHOWN).map((entry, place) => this.option(entry, place));
      this.list.replaceChildren(...this.options);
      if (found.length > SHOWN) {
        const more = made("a", "search-more", `All ${counted(found.length)}: Enter`);
        more.href = `${form.getAttribute("action")}?q=${encodeURIComponent(query.trim())}`;
        more.tabIndex = -1;
        more.setAttribute("role", "presentation");
        this.list.append(more);
      }
      if (!found.length) this.list.append(made("p", "search-none", "Nothing fits."));
      this.list.hidden = false;
      this.input.setAttribute("aria-expanded", "true");
      this.said.textContent = counted(found.length);
      this.choose(-1);
    }

    option(entry, place) {
      const option = made("a", "search-option");
      option.id = `search-option-${place}`;
      option.href = href(entry);
      option.tabIndex = -1;
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
      option.append(made("span", "name", entry.name), " ", made("span", "badge badge-plain", entry.kind));
      if (entry.about) option.append(made("span", "search-about", entry.about));
      return option;
    }

    choose(place) {
      this.options[this.chosen]?.setAttribute("aria-selected", "false");
      this.chosen = place;
      const option = this.options[place];
      option?.setAttribute("aria-selected", "true");
      option?.scrollIntoView({ block: "nearest" });
      if (option) this.input.setAttribute("aria-activedescendant", option.id);
      else this.input.removeAttribute("aria-activedescendant");
    }

    close() {
      this.list.hidden = true;
      this.input.setAttribute("aria-expanded", "false");
      this.choose(-1);
    }

    key(event) {
      const open = !this.list.hidden;
      const last = this.options.length - 1;
      if (event.key === "Escape" && open) this.close();
      else if (event.key === "ArrowDown" && open) this.choose(this.chosen < last ? this.chosen + 1 : -1);
      else if (event.key === "ArrowUp" && open) this.choose(this.chosen > -1 ? this.chosen - 1 : last);
      else if (event.key === "ArrowDown") this.search();
      else if (event.key === "Enter" && open && this.chosen >= 0) this.options[this.chosen].click();
      else return;
      event.preventDefault();
    }
  }

  /* The page of results, where no server makes it. */

  async function showResults(section) {
    const query = new URLSearchParams(location.search).get("q")?.trim();
    if (!query || !suffix) return;
    form.querySelector("input").value = query;
    const found = find(await loaded(), query);
    section.querySelector("h1").textContent = `${counted(found.length)} for “${query}”`;
    section.querySelector("[data-results-list]").replaceChildren(
      ...found.slice(0, LISTED).map((entry) => {
        const line = made("li", "");
        const link = made("a", "name", entry.name);
        link.href = href(entry);
        line.append(link, " ", made("span", "badge badge-plain", entry.kind));
        if (entry.about) line.append(document.createElement("br"), made("span", "small", entry.about));
        return line;
      }),
    );
    section.hidden = false;
    document.querySelector("[data-overview]").hidden = true;
  }

  /* Long tables */

  function addFilter(frame) {
    const rows = [...frame.querySelectorAll("tbody tr")];
    const texts = rows.map((row) => row.textContent.toLowerCase());
    const label = made("label", "filter screen-only", "Narrow down ");
    const input = made("input", "");
    const said = made("span", "small");
    input.type = "search";
    input.autocomplete = "off";
    input.setAttribute("aria-label", `Narrow down: ${frame.dataset.filter}`);
    said.setAttribute("role", "status");
    label.append(input);
    input.addEventListener("input", () => {
      const terms = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      rows.forEach((row, place) => {
        row.hidden = !terms.every((term) => texts[place].includes(term));
        shown += Number(!row.hidden);
      });
      said.textContent = terms.length ? `${shown.toLocaleString("en")} of ${rows.length.toLocaleString("en")}` : "";
    });
    const line = made("div", "filter-line");
    line.append(label, said);
    frame.before(line);
  }

  new Box();
  document.querySelectorAll("[data-filter]").forEach(addFilter);
  const results = document.querySelector("[data-results]");
  if (results) showResults(results);
})();
