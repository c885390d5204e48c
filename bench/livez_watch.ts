// The soak's watcher, with an event loop of its own: how long the server takes for an answer that needs no work.

/// <reference lib="deno.worker" />

import { systemClock } from "../src/runtime/clock.ts";

const EVERY_MS = 50;

self.onmessage = async ({ data: url }: MessageEvent<string>) => {
  while (true) {
    const start = performance.now();
    await fetch(url).then((response) => response.text()).catch(() => {});
    self.postMessage(performance.now() - start);
    await systemClock.sleep(EVERY_MS);
  }
};
