// Features of an audit: showing some, opening all, opening what a link leads to, and printing.
(() => {
  "use strict";

  const field = document.querySelector("[data-audit-filter]");
  const said = document.querySelector("[data-audit-found]");
  const features = [...document.querySelectorAll(".audit-feature")];
  // The words of the code would be found in nearly every feature.
  const text = (feature) => {
    const copy = feature.cloneNode(true);
    for (const code of copy.querySelectorAll("pre, svg")) code.remove();
    return copy.textContent.toLowerCase();
  };
  let texts = null;

  const show = () => {
    texts ??= features.map(text);
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    let found = 0;
    features.forEach((feature, place) => {
      feature.hidden = !words.every((word) => texts[place].includes(word));
      if (!feature.hidden) found += 1;
    });
    said.textContent = words.length ? `${found} of ${features.length} features` : "";
  };
  const openAll = (open) => {
    for (const feature of features) if (!feature.hidden) feature.open = open;
  };
  const follow = () => {
    let name = location.hash.slice(1);
    try {
      name = decodeURIComponent(name);
    } catch {
      return; // no link of this page
    }
    const target = name ? document.getElementById(name) : null;
    if (target?.matches(".audit-feature, .audit-function")) {
      if (target.hidden) {
        field.value = "";
        show();
      }
      target.open = true;
      target.scrollIntoView();
    }
  };

  field.addEventListener("input", show);
  document.querySelector("[data-audit-open]").addEventListener("click", () => openAll(true));
  document.querySelector("[data-audit-close]").addEventListener("click", () => openAll(false));
  window.addEventListener("hashchange", follow);
  follow();

  // What is folded up is printed as well, the code once.
  const folded = [".audit-feature", ".audit-function", "#stored details", ".lg-listed"]
    .map((each) => `${each}:not([open])`).join(", ");
  let opened = [];
  window.addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll(folded)];
    for (const each of opened) each.open = true;
  });
  window.addEventListener("afterprint", () => {
    for (const each of opened) each.open = false;
  });
})();
