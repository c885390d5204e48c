// A load that knows the jobs of loads before gives what one gives that knows nothing, whatever was edited between, and
// makes nothing anew of the jobs that say the same.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Config } from "../../src/config/values/config.ts";
import { createScheduleCache } from "../../src/domain/schedule/schedule.ts";
import { KnownJobs } from "../../src/config/known_jobs.ts";
import { loadConfig } from "../../src/config/load.ts";
import { ConfigError } from "../../src/domain/errors.ts";
import { NOW } from "../support/load_text.ts";
import { MemoryFiles } from "../support/memory_files.ts";

const DAY = 86_400_000;
const FILE = "/home/me/schelly.yaml";

/** Everything that a load depends on. */
interface World {
  head: string;
  jobs: string[];
  env: Record<string, string>;
  files: Record<string, string>;
  now: number;
  mode: number;
}

async function filesOf({ head, jobs, files, mode }: World): Promise<MemoryFiles> {
  const memory = new MemoryFiles(files);
  memory.put(FILE, `${head}jobs:\n${jobs.join("")}`);
  await memory.setMode(FILE, mode);
  for (let at = FILE.lastIndexOf("/"); at > 0; at = FILE.lastIndexOf("/", at - 1)) {
    await memory.setMode(FILE.slice(0, at), 0o755);
  }
  return memory;
}

/** The configuration, or what is wrong with it. */
async function outcome(world: World, known?: KnownJobs): Promise<{ config?: Config; told: unknown }> {
  const { env, now } = world;
  const request = { flags: {}, env, files: await filesOf(world), now };
  try {
    const config = await loadConfig({ ...request, ...(known === undefined ? {} : { known }) });
    const positions = config.jobs.map(({ name, promises }) =>
      promises.map((_, index) => config.promisePosition(name, index))
    );
    const { effective, notes, secretFiles, fingerprint, digest, notify } = config;
    const providers = [...config.providers];
    // As it is now: what one load makes must not change with the next.
    const told = structuredClone({
      jobs: config.jobs,
      ...{ providers, effective, notes, secretFiles, fingerprint, digest, notify, positions },
    });
    return { config, told };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { told: error.issues };
  }
}

const HEADS = [
  `providers: { p: { url: "http://p/b" }, q: { url: "http://q/b", max_concurrent: 2 } }\n`,
  `providers: { p: { url: "http://p/b", poll_interval: 9s }, q: { url: "http://q/b" } }\n`,
  `providers: { p: { url: "http://\${HOST}/b", create_body: { a: 1 } }, q: { url: "http://q/b", formerly: ["http://old/b"] } }\n`,
  `providers:\n  p: { url: "http://p/b", headers_file: { X-Key: key } }\n  q: { restic: { repository: /r, paths: [/d], password_file: pw } }\n`,
  `providers: { p: { url: "http://p/b" } }\n`,
  `providers: { p: { url: "http://{host}/b", hosts: [a, { name: b, address: "b:1" }] }, q: { url: "http://q/b" } }\n`,
].flatMap((head) => [
  head,
  `${head}defaults: { timezone: Europe/Berlin, retention: { daily: 3 } }\n`,
  `${head}defaults: { timezone: "\${ZONE:-UTC}", jitter: 20m, expect: [{ max_gap: 26h, within: 30d }] }\n`,
  `${head}defaults: { ping: { url_file: ping }, on_failure: ["echo", "$HOST"] }\n`,
  `${head}defaults: { provider: p, verify: { schedule: "0 5 * * SUN" } }\n`,
]);
/** What a job says besides its name. */
const SAYS = [
  'schedule: "0 3 * * *", provider: p',
  'schedule: "0 3 * * *", provider: p, retention: { daily: 7, weekly: 4 }',
  'schedule: "0 3 * * *", provider: q',
  'schedule: "0 3 * * *", provider: { use: p, host: all }',
  "provider: { use: p, host: b }, expect: [{ max_gap: 26h, within: 30d }]",
  'schedule: "0 3 * * *"',
  'schedule: "0 0 * * * *", jitter: 10m, provider: p',
  'schedule: "0 */30 * * * *", jitter: 20m, provider: p',
  // Over in a day.
  'schedule: "0 0 0 21 11 * 2026", provider: p',
  'schedule: "0 0 * * 6,7 2", provider: p',
  "provider: p, retention: { schedule: '0 0 0 21 11 * 2026', daily: 2 }",
  'provider: p, timezone: "${ZONE:-UTC}"',
  'provider: { use: p, body: { key: "${KEY:-none}" } }',
  'provider: { url: "http://user:geheim12@inline/b" }',
  'provider: { url: "http://inline/b" }',
  'provider: { url: "http://${HOST}/b", headers: { X-Key: secret } }',
  "provider: { command: { create: [x], delete: [y] } }",
  "provider: { restic: { repository: /r, paths: [/d], password_file: pw } }",
  "provider: p, ping: { url_file: ping }",
  'provider: p, ping: { url: "https://hc-ping.com/abc" }',
  'provider: p, on_success: ["sh", "-c", "echo $HOST"]',
  "provider: q, verify: { schedule: '0 5 * * SUN' }",
  "provider: p, expect: [{ copies: 2, copied_to: [b] }]",
  "provider: p, expect: [{ max_gap: 26h, within: 30d }]",
  "provider: p, renamed_from: z",
  "provider: p, enabled: false, from: 2026-11-01",
  "provider: p, when: never",
  "provider: p, grace_time: 1 moon",
  "provider: p, retention: { daily: ${COUNT:-5} }",
  'schedule: "0 0 30 2 *", provider: p',
];
const job = fc.tuple(fc.constantFrom("a", "b", "c", "d", "e"), fc.constantFrom(...SAYS), fc.nat(3)).map(
  ([name, says, how]) =>
    how === 0
      ? `- name: ${name} # ${says.length}\n  ${says.replaceAll(/, (?=[a-z_]+: )(?![^{[]*[}\]])/g, "\n  ")}\n`
      : how === 1
      ? `- { name: ${name},  ${says} }\n\n`
      : `- { name: ${name}, ${says} }\n`,
);
const ENVS: Record<string, string>[] = [{}, { HOST: "nas", TZ: "Europe/Paris" }, {
  HOST: "nas",
  ZONE: "Asia/Tokyo",
  KEY: "geheim99",
}, {
  HOST: "other",
  COUNT: "9",
}];
const FILES: Record<string, string>[] = [
  { "/home/me/pw": "x\n", "/home/me/ping": "https://hc-ping.com/1\n", "/home/me/key": "k1\n" },
  { "/home/me/pw": "x\n", "/home/me/ping": "https://hc-ping.com/2\n", "/home/me/key": "k2\n" },
  { "/home/me/pw": "x\n" },
];
const edit = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(fc.nat(5), job).map(([at, job]) => ({ at, job })) },
  { weight: 2, arbitrary: fc.nat(5).map((gone) => ({ gone })) },
  { weight: 2, arbitrary: fc.constantFrom(...HEADS).map((head) => ({ head })) },
  { weight: 1, arbitrary: fc.constantFrom(...ENVS).map((env) => ({ env })) },
  { weight: 1, arbitrary: fc.constantFrom(...FILES).map((files) => ({ files })) },
  { weight: 1, arbitrary: fc.constantFrom(NOW, NOW + DAY / 4, NOW + DAY).map((now) => ({ now })) },
  { weight: 1, arbitrary: fc.constantFrom(0o600, 0o644).map((mode) => ({ mode })) },
);

function edited(world: World, edit: Partial<World> & { at?: number; job?: string; gone?: number }): World {
  const { at, job, gone, ...rest } = edit;
  const jobs = [...world.jobs];
  if (job !== undefined) jobs.splice(Math.min(at!, jobs.length), at! % 2, job);
  if (gone !== undefined) jobs.splice(gone, 1);
  return { ...world, ...rest, jobs };
}

test("a load that knows the jobs of before gives what one gives that knows none", async () => {
  let whole = 0;
  let loads = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(edit, { minLength: 3, maxLength: 14 }), async (edits) => {
      const known = new KnownJobs(createScheduleCache());
      let world: World = {
        head: HEADS[0]!,
        jobs: ['- { name: a, schedule: "0 3 * * *", provider: p }\n', "- { name: b, provider: p }\n"],
        env: {},
        files: FILES[0]!,
        now: NOW,
        mode: 0o644,
      };
      const before: { config: Config; told: unknown }[] = [];
      for (const edit of [{}, ...edits]) {
        world = edited(world, edit);
        const [knowing, plain] = [await outcome(world, known), await outcome(world)];
        assert.deepEqual(knowing.told, plain.told, `${world.head}${world.jobs.join("")}`);
        loads++;
        if (knowing.config === undefined) continue;
        whole++;
        before.push({ config: knowing.config, told: (knowing.told as { jobs: unknown }).jobs });
      }
      for (const { config, told } of before) {
        assert.deepEqual(config.jobs, told, "jobs that may be in force stay as they are");
      }
    }),
    { seed: 4, numRuns: 60 },
  );
  assert.ok(whole > loads / 4, `${whole} of ${loads} could be loaded`);
});

const plainWorld = (jobs: string[]): World => ({
  head: HEADS[0]!,
  jobs,
  env: {},
  files: {},
  now: NOW,
  mode: 0o600,
});
const MANY = Array.from(
  { length: 300 },
  (_, at) => `- { name: j${at}, schedule: "${at % 60} 3 * * *", provider: p }\n`,
);

/** What is edited, by what a job depends on that its own text does not say. */
const DEPENDS: [what: string, job: string, before: Partial<World>, after: Partial<World>][] = [
  ["time", 'schedule: "0 0 0 21 11 * 2026", provider: p', {}, { now: NOW + 2 * DAY }],
  ["time of passes", "provider: p, retention: { schedule: '0 0 0 21 11 * 2026', daily: 2 }", {}, {
    now: NOW + 2 * DAY,
  }],
  ["a variable", 'provider: p, timezone: "${ZONE:-UTC}"', {}, { env: { ZONE: "Asia/Tokyo" } }],
  ["the usual zone", "provider: p", {}, { env: { TZ: "Asia/Tokyo" } }],
  ["a file", "provider: p, ping: { url_file: ping }", { files: FILES[0]! }, { files: FILES[1]! }],
  ["other jobs", "provider: q, expect: [{ copies: 2, copied_to: [one, two] }]", {
    jobs: ["- { name: one, provider: p }\n", "- { name: two, provider: p }\n"],
  }, { jobs: ["- { name: two, provider: p }\n", "- { name: one, provider: p }\n"] }],
  ["jitter beside an interval of the defaults", "provider: p, jitter: 20m", {
    head: `${HEADS[0]}defaults: { schedule: "0 3 * * *" }\n`,
  }, { head: `${HEADS[0]}defaults: { schedule: "*/30 * * * *" }\n` }],
];

test("a job is made anew when something else changed that it depends on", async () => {
  for (const [what, says, before, after] of DEPENDS) {
    const known = new KnownJobs(createScheduleCache());
    const base: World = { head: HEADS[0]!, jobs: [], env: {}, files: {}, now: NOW, mode: 0o600 };
    const worldOf = (edit: Partial<World>) => {
      const world = { ...base, ...edit };
      return { ...world, jobs: [`- { name: a, ${says} }\n`, ...world.jobs] };
    };
    const first = await outcome(worldOf(before), known);
    assert.ok(first.config !== undefined, `${what}: ${JSON.stringify(first.told)}`);
    const [knowing, plain] = [await outcome(worldOf(after), known), await outcome(worldOf(after))];
    assert.deepEqual(knowing.told, plain.told, what);
    assert.notDeepEqual(knowing.config?.jobs[0], first.config.jobs[0], what);
  }
});

test("after an edit of one job of many the others are the very same", async () => {
  const known = new KnownJobs(createScheduleCache());
  const { config: first } = await outcome(plainWorld(MANY), known);
  const jobs = MANY.with(7, '- { name: j7, schedule: "9 9 * * *", provider: p }\n').toSpliced(20, 1);
  const { config: second } = await outcome(plainWorld(jobs), known);
  const before = new Set(first!.jobs);
  assert.deepEqual(second!.jobs.filter((job) => !before.has(job)).map(({ name }) => name), ["j7"]);
  // One that cannot be loaded takes nothing away.
  await outcome(plainWorld([...jobs, "- { name: bad, when: never }\n"]), known);
  const { config: third } = await outcome(plainWorld(MANY), known);
  const since = new Set(second!.jobs);
  assert.deepEqual(third!.jobs.filter((job) => !since.has(job)).map(({ name }) => name), ["j7", "j20"]);
});

test("jobs whose defaults, zone or provider were edited are built anew", async () => {
  const known = new KnownJobs(createScheduleCache());
  const world = plainWorld(MANY);
  let before = await outcome(world, known);
  for (
    const edit of [
      { head: `${HEADS[0]}defaults: { grace_time: 2h }\n` },
      { head: HEADS[1]! },
      { head: HEADS[0]!, env: { TZ: "Europe/Berlin" } },
    ]
  ) {
    const after = await outcome({ ...world, ...edit }, known);
    const were = new Set(before.config!.jobs);
    assert.equal(after.config!.jobs.filter((job) => were.has(job)).length, 0, JSON.stringify(edit));
    before = after;
  }
});
