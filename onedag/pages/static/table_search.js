// Leaves of a page's table the rows that have every word of the search in them.
(() => {
  "use strict";

  const field = document.querySelector("[data-table-search]");
  const rows = [...document.querySelectorAll(".lg-table tbody tr")];
  const texts = rows.map((row) => row.textContent.toLowerCase());

  field.addEventListener("input", () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    let found = 0;
    rows.forEach((row, place) => {
      row.hidden = !words.every((word) => texts[place].includes(word));
      if (!row.hidden) found += 1;
    });
    document.querySelector("[data-table-found]").textContent = words.length
      ? `${found} of ${rows.length}` : "";
  });
})();
