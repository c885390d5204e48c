// What a page does by itself; all of it works without, by links and forms.

(() => {
  /** `/` leads to the search, as on many pages; not while somebody writes. */
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    const at = event.target;
    if (at instanceof Element && at.closest("input, textarea, select, [contenteditable]")) return;
    const field = document.querySelector("[data-find]");
    if (!(field instanceof HTMLInputElement)) return;
    event.preventDefault();
    field.focus();
    field.select();
  });

  const UNITS = [[172_800_000, 86_400_000, "d"], [7_200_000, 3_600_000, "h"], [0, 60_000, "min"]];

  /** As the server writes it: `5 h ago`, `in 20 min`. */
  function agoText(at) {
    const ms = Date.now() - at;
    const far = Math.abs(ms);
    const [, size, unit] = UNITS.find(([from]) => far >= from);
    const span = `${Math.max(1, Math.floor(far / size))} ${unit}`;
    return ms < 0 ? `in ${span}` : `${span} ago`;
  }

  setInterval(() => {
    for (const time of document.querySelectorAll("time[data-ago]")) {
      const text = agoText(Date.parse(time.dateTime));
      if (time.textContent !== text) time.textContent = text;
    }
  }, 20_000);
})();
