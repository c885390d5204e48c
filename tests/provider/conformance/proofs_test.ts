// Providers that are wrong in one point of `verify`, `restore` or `browse`: the check that is there for it finds it, and no
// other one cries.
// Also tests browsing.ts, proving.ts, restoring.ts and session_tasks.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  altered,
  createRig,
  examine,
  json,
  mockOn,
  named,
  type Serve,
  troubles,
} from "../../support/conformance_rig.ts";

/** A provider that is wrong in one point, and the checks that fail for it. */
interface Fault {
  settings?: Record<string, unknown>;
  /** Made once for each examination, so that it may remember. */
  wrong?(): (request: Request, serve: Serve, path: string) => Promise<Response>;
  caught: string[];
}

/** Calls of one method below a backup (or `/operations`), answered otherwise when `answer` answers. */
const instead = (
  method: string,
  below: RegExp,
  answer: (request: Request, serve: Serve) => Response | undefined | Promise<Response | undefined>,
): Fault["wrong"] =>
() =>
async (request, serve, path) =>
  (request.method === method && below.test(path) ? await answer(request, serve) : undefined) ??
    await serve(request);

/** The same call with other JSON. */
async function rewritten(request: Request, change: (body: any) => unknown): Promise<Request> {
  return new Request(request, { body: JSON.stringify(change(await request.json())) });
}

const FAULTS: Record<string, Fault> = {
  "never ends a verification": {
    settings: { verify_hang_rate: 1 },
    caught: ["verify", "verify-by-restore"],
  },
  "finds damage in a sound backup": {
    settings: { damaged_rate: 1 },
    caught: ["verify", "verify-by-restore", "restore"],
  },
  "verifies without showing it": {
    wrong: instead(
      "GET",
      /^[^/]+$/,
      async (request, serve) => altered(await serve(request), ({ verification: _, ...rest }) => rest),
    ),
    caught: ["verify", "verify-by-restore", "verify-cancel"],
  },
  "verifies anew for an id it knows": {
    wrong() {
      const known = new Set<string>();
      return async (request, serve, path) => {
        if (request.method !== "POST" || !path.endsWith("/verify")) return await serve(request);
        const { verification_id } = await request.clone().json();
        const anew = (body: object) => ({ ...body, verification_id: "another" });
        const answer = await serve(known.has(verification_id) ? await rewritten(request, anew) : request);
        if (answer.status === 202) known.add(verification_id);
        return answer;
      };
    },
    caught: ["verify-again"],
  },
  "verifies what never was": {
    wrong: instead("POST", /^no-such.*verify$/, () => json({ id: "x" }, 202)),
    caught: ["verify-unknown"],
  },
  "says that what was ended is damaged": {
    wrong() {
      let isEnded = false;
      return async (request, serve) => {
        if (request.method === "DELETE" && request.url.includes("/verify")) isEnded = true;
        const answer = await serve(request);
        if (!isEnded || request.method !== "GET") return answer;
        return altered(
          answer,
          (value) =>
            value.verification === undefined
              ? value
              : { ...value, verification: { ...value.verification, state: "failed" } },
        );
      };
    },
    caught: ["verify-cancel"],
  },
  "restores over what is there": {
    wrong: instead(
      "POST",
      /restore$/,
      async (request, serve) =>
        await serve(await rewritten(request, (body) => ({ ...body, overwrite: true }))),
    ),
    caught: ["restore-target"],
  },
  "takes a target that is not absolute": {
    wrong: instead("POST", /restore$/, async (request) => {
      const { target } = await request.clone().json();
      return target.startsWith("/") ? undefined : json({ state: "done" }, 202);
    }),
    caught: ["restore-target"],
  },
  "writes in a dry run": {
    wrong: instead(
      "POST",
      /restore$/,
      async (request, serve) =>
        await serve(await rewritten(request, (body) => ({ ...body, dry_run: false }))),
    ),
    caught: ["restore"],
  },
  "restores all for a path that it lacks": {
    wrong: instead(
      "POST",
      /restore$/,
      async (request, serve) => await serve(await rewritten(request, (body) => ({ ...body, include: [] }))),
    ),
    caught: ["restore-part"],
  },
  "forgets its restores at once": {
    wrong: instead("GET", /^operations/, () => json({}, 404)),
    caught: ["restore-dry-run", "restore"],
  },
  "does not know a restore again": {
    wrong() {
      const known = new Set<string>();
      return async (request, serve, path) => {
        if (request.method === "POST" && path.endsWith("/restore")) {
          const { operation_id } = await request.clone().json();
          if (known.has(operation_id)) return json({ error: "it was there before" }, 422);
          known.add(operation_id);
        }
        return await serve(request);
      };
    },
    caught: ["restore-again"],
  },
  "never ends a restore": {
    settings: { restore_hang_rate: 1 },
    caught: ["restore"],
  },
  "lists more than one folder": {
    wrong: instead("GET", /files$/, async (request, serve) =>
      altered(await serve(request), (page) => ({
        ...page,
        entries: [...page.entries, { path: "data/deep/file", type: "file" }],
      }))),
    caught: ["browse", "browse-pages"],
  },
  "does not turn its pages": {
    wrong: instead("GET", /files$/, async (request, serve) => {
      const url = new URL(request.url);
      url.searchParams.delete("after");
      return await serve(new Request(url, request));
    }),
    caught: ["browse-pages"],
  },
  "has an empty page for every folder that it lacks": {
    wrong: instead("GET", /files$/, async (request, serve) => {
      const answer = await serve(request);
      return answer.status === 404 ? json({ entries: [] }) : answer;
    }),
    caught: ["browse-refused"],
  },
};

for (const [name, { settings, wrong, caught }] of Object.entries(FAULTS)) {
  test(`testConformance() finds a provider that ${name}`, async () => {
    const rig = createRig();
    const mock = await mockOn(rig, settings);
    const answer = wrong?.();
    const report = await examine(
      rig,
      (request) => {
        const path = new URL(request.url).pathname.slice("/backups/".length);
        return answer === undefined ? mock(request) : answer(request, mock, path);
      },
    );
    assert.deepEqual(named(report, "fail"), caught, troubles(report));
    assert.deepEqual(report.left, []);
  });
}

test("testConformance() takes it that nothing was found out, and restores nothing without a folder", async () => {
  const rig = createRig();
  const report = await examine(rig, await mockOn(rig, { inconclusive_rate: 1 }), { restoreTo: undefined });
  assert.deepEqual(named(report, "fail"), [], troubles(report));
  const why = Object.fromEntries(
    report.checks.map(({ name, status, detail }) => [name, `${status}: ${detail}`]),
  );
  assert.match(why.verify!, /^skipped: nothing was found out: this mock was told to/);
  assert.match(why.restore!, /^skipped: no --restore-to was given/);
  assert.match(why["restore-target"]!, /^pass: refused: a path that is not absolute, /);
  assert.deepEqual([report.restored_into, await rig.files.list("/restored")], [[], []]);
});
