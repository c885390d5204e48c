// One stream for all tabs of a browser, which may have few connections at a time: a shared worker holds it, and tells them.

(() => {
  const tabs = new Set();
  let source;
  let state = "waiting";
  let last = "";

  function tell(message) {
    for (const tab of tabs) tab.postMessage(message);
  }

  function setState(next) {
    state = next;
    tell({ state });
  }

  function open(address) {
    if (source !== undefined && source.readyState !== EventSource.CLOSED) return;
    source = new EventSource(last === "" ? address : `${address}?after=${last}`);
    source.addEventListener("hello", (event) => {
      last = event.lastEventId;
      setState("live");
    });
    for (const type of ["changed", "progress"]) {
      source.addEventListener(type, (event) => {
        last = event.lastEventId || last;
        tell({ type, ...JSON.parse(event.data) });
      });
    }
    source.addEventListener("error", () => {
      setState("lost");
      // Refused, as after a log-out: the browser does not try again by itself.
      if (source.readyState === EventSource.CLOSED) setTimeout(() => tabs.size > 0 && open(address), 10_000);
    });
  }

  globalThis.addEventListener("connect", (event) => {
    const [tab] = event.ports;
    tab.addEventListener("message", ({ data }) => {
      if (data.leave) {
        tabs.delete(tab);
        if (tabs.size === 0) source?.close();
        return;
      }
      tabs.add(tab);
      open(data.address);
      tab.postMessage({ state });
    });
    tab.start();
  });
})();
