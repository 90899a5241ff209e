// Sets the colours before the page is drawn, and lets its reader choose others: as the system has
// them, light, or dark. Loaded in <head>, without defer, lest a dark page flash white.
(() => {
  "use strict";
  const KEY = "onedag-theme";
  const NEXT = { system: "light", light: "dark", dark: "system" };
  const root = document.documentElement;

  // A file that is opened from a disk may have no storage.
  const kept = () => {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null;
    }
  };
  const keep = (theme) => {
    try {
      if (theme === "system") localStorage.removeItem(KEY);
      else localStorage.setItem(KEY, theme);
    } catch {
      // It holds until the page is left.
    }
  };
  const show = (theme) => {
    if (theme === "system") delete root.dataset.theme;
    else root.dataset.theme = theme;
    root.dispatchEvent(new CustomEvent("onedag-theme", { bubbles: true }));
  };

  let theme = kept() in NEXT ? kept() : "system";
  show(theme);
  // Paper is light. Browsers leave grounds out, so that text for a dark one couldn't be read.
  window.addEventListener("beforeprint", () => show("light"));
  window.addEventListener("afterprint", () => show(theme));
  document.addEventListener("DOMContentLoaded", () => {
    for (const button of document.querySelectorAll("[data-theme-toggle]")) {
      const said = button.querySelector("[data-theme-said]");
      said.textContent = theme;
      button.hidden = false;
      button.addEventListener("click", () => {
        theme = NEXT[theme];
        keep(theme);
        show(theme);
        said.textContent = theme;
      });
    }
  });
})();
