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
    const span = far < 60_000 ? "under a minute" : `${Math.floor(far / size)} ${unit}`;
    return ms < 0 ? `in ${span}` : `${span} ago`;
  }

  setInterval(() => {
    for (const time of document.querySelectorAll("time[data-ago]")) {
      const text = agoText(Date.parse(time.dateTime));
      if (time.textContent !== text) time.textContent = text;
    }
  }, 20_000);

  const sign = document.querySelector("[data-live-sign]");
  if (sign === null) return;
  const WORDS = { live: "live", lost: "not connected", waiting: "" };

  function setState(state) {
    sign.dataset.state = state;
    sign.textContent = WORDS[state] ?? "";
  }

  /** At most one look a second, and none while nobody sees it. */
  let due = false;
  let busy = false;
  let lookedAt = 0;

  async function look() {
    const region = document.getElementById("live");
    if (region === null || region.dataset.live === undefined || document.hidden || busy) return;
    const wait = lookedAt + 900 - Date.now();
    if (wait > 0) return void setTimeout(look, wait);
    if (!due) return;
    due = false;
    busy = true;
    lookedAt = Date.now();
    try {
      const address = new URL(location.href);
      address.searchParams.delete("said");
      address.hash = "";
      await htmx.ajax("GET", address.pathname + address.search, {
        source: region,
        target: "#live",
        select: "#live",
        swap: "outerMorph",
      });
    } catch {
      due = true;
    } finally {
      busy = false;
      if (due) look();
    }
  }

  function changed({ jobs }) {
    const region = document.getElementById("live");
    const only = region?.dataset.live;
    // A page of one job need not hear of others.
    if (only && jobs && jobs.length > 0 && !jobs.includes(only)) return;
    due = true;
    look();
  }

  function hear(message) {
    if (message.state !== undefined) setState(message.state);
    else changed(message);
  }

  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) look();
  });

  const { stream, worker } = sign.dataset;
  if (typeof SharedWorker === "function") {
    const { port } = new SharedWorker(worker, { name: stream });
    port.addEventListener("message", ({ data }) => hear(data));
    port.start();
    port.postMessage({ address: stream });
    addEventListener("pagehide", () => port.postMessage({ leave: true }));
    addEventListener("pageshow", (event) => {
      if (event.persisted) port.postMessage({ address: stream });
    });
  } else {
    const source = new EventSource(stream);
    source.addEventListener("hello", () => setState("live"));
    source.addEventListener("error", () => setState("lost"));
    for (const type of ["changed", "progress"]) {
      source.addEventListener(type, ({ data }) => changed(JSON.parse(data)));
    }
  }
})();
