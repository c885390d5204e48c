// The storage of the demo: a provider that remembers only what was deleted, since the id of a backup tells the rest.

import type { Http } from "../src/ports/host.ts";

/** How large and slow the backups of each job are, and how fast they grow. */
const KINDS: Readonly<Record<string, { minutes: number; sizeMb: number; yearlyGrowth: number }>> = {
  postgres: { minutes: 1, sizeMb: 5_200, yearlyGrowth: 0.4 },
  files: { minutes: 12, sizeMb: 82_000, yearlyGrowth: 0.15 },
  mail: { minutes: 25, sizeMb: 31_000, yearlyGrowth: 0.2 },
  archive: { minutes: 50, sizeMb: 240_000, yearlyGrowth: 0.1 },
};
const OTHER = { minutes: 1, sizeMb: 100, yearlyGrowth: 0 };
const DAY_MS = 86_400_000;

/** What goes wrong in the demo. */
export interface Troubles {
  /** Since when the files to back up are not mounted, so that backups of `files` come out empty; UTC ms. */
  unmountedSince: number;
  /** Backups of a job that begin within the span fail. */
  failures: { job: string; from: number; until: number; message: string }[];
}

/** Answers the provider protocol at `/backups`; `now` is UTC ms. */
export function createStorage(now: () => number, troubles: Troubles): Http {
  const deleted = new Set<string>();

  function show(id: string): Response {
    const began = /^(.*)-(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)$/.exec(id);
    if (began === null || deleted.has(id)) return json(404, { error: `there is no backup '${id}'` });
    const [, job, year, month, day, hour, minute, second] = began;
    const start = Date.UTC(+year!, +month! - 1, +day!, +hour!, +minute!, +second!);
    const kind = KINDS[job!] ?? OTHER;
    const base = { id, data_id: id };
    if (now() < start + kind.minutes * 60_000) return json(200, { ...base, status: "running" });
    const failure = troubles.failures.find((one) =>
      one.job === job && one.from <= start && start < one.until
    );
    if (failure !== undefined) return json(200, { ...base, status: "failed", message: failure.message });
    const isEmpty = job === "files" && start >= troubles.unmountedSince;
    const years = (start - Date.UTC(2024, 0, 1)) / (365 * DAY_MS);
    const sizeMb = isEmpty ? 0.2 : Math.round(kind.sizeMb * (1 + kind.yearlyGrowth * years));
    return json(200, { ...base, status: "available", size_mb: sizeMb });
  }

  return (request) => {
    const { pathname } = new URL(request.url);
    const id = decodeURIComponent(pathname.replace(/^\/backups\/?/, ""));
    if (request.method === "POST") {
      const [date, time] = new Date(now()).toISOString().split("T");
      const stamp = `${date!.replaceAll("-", "")}-${time!.slice(0, 8).replaceAll(":", "")}`;
      return Promise.resolve(show(`${request.headers.get("X-Schelly-Job") ?? "backup"}-${stamp}`));
    }
    if (request.method === "GET") return Promise.resolve(show(id));
    if (request.method !== "DELETE") {
      return Promise.resolve(json(405, { error: "expected POST, GET, DELETE" }));
    }
    if (deleted.has(id)) return Promise.resolve(json(404, { error: `there is no backup '${id}'` }));
    deleted.add(id);
    return Promise.resolve(json(200, { id }));
  };
}

function json(status: number, body: unknown): Response {
  return new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json" } });
}
