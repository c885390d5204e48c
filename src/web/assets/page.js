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

  function tellTimes() {
    for (const time of document.querySelectorAll("time[data-ago][datetime]")) {
      const text = agoText(Date.parse(time.dateTime));
      if (time.textContent !== text) time.textContent = text;
    }
  }
  setInterval(tellTimes, 20_000);

  /** Texts are copied by a button; where the browser does not let a page do that, they are marked for whoever does it. */
  for (const button of document.querySelectorAll("[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      const text = document.getElementById(button.dataset.copy);
      try {
        await navigator.clipboard.writeText(text.textContent);
        button.textContent = "Copied";
      } catch {
        getSelection().selectAllChildren(text);
        button.textContent = "Marked: copy it by Ctrl+C";
      }
      setTimeout(() => button.textContent = "Copy", 4_000);
    });
  }

  /** Before there is a configuration: the page of the server itself comes as soon as that listens. */
  const setup = document.querySelector("[data-setup]");
  if (setup !== null) {
    setInterval(async () => {
      const answer = await fetch(location.pathname, { headers: { accept: "text/html" } }).catch(() =>
        undefined
      );
      if (answer === undefined || answer.status >= 500) return;
      const isSame = (await answer.text()).includes(`data-setup="${setup.dataset.setup}"`);
      if (!isSame) location.reload();
    }, 2_000);
  }

  const sign = document.querySelector("[data-live-sign]");
  if (sign === null) return;
  const WORDS = { live: "live", lost: "not connected", waiting: "" };

  /** When this page was known to be true last. */
  let trueAt = Date.now();
  /** How long a stream may be away before it is asked why, and how often then (ms). */
  const PATIENCE = 1_500;
  const AGAIN = 5_000;
  let asking;

  function setState(state) {
    if (sign.dataset.state === "live" && state === "lost") trueAt = Date.now();
    sign.dataset.state = state;
    sign.textContent = WORDS[state] ?? "";
    if (state === "live") tellLoss(undefined);
    if (state === "lost" && asking === undefined) asking = setTimeout(askWhy, PATIENCE);
  }

  /** This page's own address, as it is asked for anew. */
  function ownAddress() {
    const address = new URL(location.href);
    address.searchParams.delete("said");
    return address.pathname + address.search;
  }

  /** Says in words what an open page is to its reader now; undefined: what it was. */
  function tellLoss(kind) {
    for (const note of document.querySelectorAll("[data-lost]")) {
      const isIt = note.dataset.lost === kind;
      if (note.hidden !== isIt) continue;
      for (const time of note.querySelectorAll("[data-lost-since]")) {
        time.dateTime = new Date(trueAt).toISOString();
      }
      for (const link of note.querySelectorAll("[data-log-in]")) {
        link.search = new URLSearchParams({ next: ownAddress() });
      }
      tellTimes();
      note.hidden = !isIt;
    }
  }

  /** The stream does not say why it ends: the page's own address does. */
  async function askWhy() {
    asking = undefined;
    const kind = await fetch(ownAddress(), { method: "HEAD", redirect: "manual" }).then(
      ({ type, status }) =>
        type === "opaqueredirect" || status === 401
          ? "out"
          : status === 404 || status === 410
          ? "gone"
          : status >= 500
          ? "away"
          : undefined,
      () => "away",
    );
    tellLoss(kind);
    if (sign.dataset.state === "lost") asking ??= setTimeout(askWhy, AGAIN);
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
      await htmx.ajax("GET", ownAddress(), {
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

  document.addEventListener("htmx:response:error", askWhy);

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
