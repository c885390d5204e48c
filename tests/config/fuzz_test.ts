// No configuration, however odd, makes the loader fail other than in words.

import { test } from "node:test";
import assert from "node:assert/strict";
import process from "node:process";
import fc from "fast-check";
import { ConfigError } from "../../src/domain/errors.ts";
import { load, type LoadOptions } from "../support/load_text.ts";

/** Accepted, or refused in an orderly way; anything else is a crash. */
async function settles(text: string | null, options: LoadOptions = {}): Promise<void> {
  try {
    const config = await load(text, options);
    assert.ok(Array.isArray(config.effective));
  } catch (error) {
    assert.ok(error instanceof ConfigError, `a crash: ${error instanceof Error ? error.stack : error}`);
    assert.notEqual(error.issues.length, 0);
    for (const issue of error.issues) {
      assert.equal(issue.line === undefined || issue.line >= 1, true);
      assert.equal(issue.column === undefined || issue.column >= 1, true);
      assert.equal(typeof issue.message === "string" && issue.message !== "", true);
    }
  }
}

const WORDS = [
  "jobs",
  "name",
  "provider",
  "url",
  "http://p/b",
  "retention",
  "daily",
  "7@3",
  "keep_all",
  "schedule",
  "*/5 * * * *",
  "defaults",
  "providers",
  "server",
  "listen",
  "auth",
  "tokens",
  "restic",
  "command",
  "create",
  "use",
  "headers",
  "body",
  "__proto__",
  "constructor",
  "toString",
  "null",
  "true",
  "-1",
  "1e999",
  ".nan",
  "60s",
  "${A}",
  "${B:-x}",
  "${",
  "$${",
  "*x",
  "&x",
  "!t",
  "<<",
  "2026-01-01",
  "Europe/Berlin",
  "",
];

test("loadConfig() survives any bytes", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
      await settles(null, { files: { "/home/me/schelly.yaml": bytes } });
    }),
    { numRuns: 2_500, seed: 1 },
  );
});

test("loadConfig() survives any text of YAML's signs and our words", async () => {
  const piece = fc.oneof(
    fc.constantFrom(...WORDS),
    fc.constantFrom(..."\n \t:-?[]{},&*!|>'\"%@`#$"),
    fc.constantFrom(": ", "\n  ", "- ", "\n- "),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 60 }), async (pieces) => {
      await settles(pieces.join(""), { env: { A: "a" } });
    }),
    { numRuns: 3_000, seed: 2 },
  );
});

test("loadConfig() survives any document whose keys are ours", async () => {
  const value = fc.letrec((tie) => ({
    any: fc.oneof(
      { maxDepth: 5 },
      fc.constantFrom<unknown>(...WORDS, null, true, false, 0, 1, -1, 1.5, 1e300),
      fc.string({ maxLength: 8 }),
      fc.array(tie("any"), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom(...WORDS.filter((word) => word !== "")), tie("any"), { maxKeys: 5 }),
    ),
  })).any;
  const document = fc.record({
    jobs: fc.array(
      fc.dictionary(
        fc.constantFrom("name", "provider", "retention", "schedule", "timezone", "jitter", "from", "to"),
        value,
      ),
    ),
    defaults: value,
    providers: fc.dictionary(fc.constantFrom("a", "b", "__proto__", "constructor"), value),
    server: value,
    log: value,
    state: value,
  }, { requiredKeys: [] });
  await fc.assert(
    // JSON is YAML.
    fc.asyncProperty(document, (written) => settles(JSON.stringify(written), { env: { A: "a" } })),
    { numRuns: 1_000, seed: 3 },
  );
});

test("loadConfig() survives any environment", async () => {
  const names = [
    "BACKUP_NAME",
    "BACKUP_CRON_STRING",
    "WEBHOOK_URL",
    "WEBHOOK_HEADERS",
    "WEBHOOK_BODY",
    "GRACE_TIME_SECONDS",
    "RETENTION_DAILY",
    "RETENTION_DIALY",
    "RETENTION_CRON_STRING",
    "LISTEN_IP",
    "LISTEN_PORT",
    "LOG_LEVEL",
    "DATA_DIR",
    "SCHELLY_CONFIG",
    "SCHELLY_CONFIG_YAML",
    "SCHELLY_LISTEN",
    "SCHELLY_SOCKET",
    "SCHELLY_STATE_URL",
    "TZ",
    "SCHELLY_TOKENS_FILE",
    "__proto__",
    "toString",
  ];
  const text = fc.oneof(
    fc.constantFrom(...WORDS),
    fc.string({ maxLength: 20 }),
    fc.string({ unit: "binary", maxLength: 10 }),
  );
  await fc.assert(
    fc.asyncProperty(fc.dictionary(fc.constantFrom(...names), text), (env) => settles(null, { env })),
    { numRuns: 1_000, seed: 4 },
  );
});

const GOOD = `# yaml-language-server: $schema=./schelly.schema.json
server:
  listen: "127.0.0.1:0"
  auth: { tokens: [ { name: ops, role: operator, token: "\${A:-abcdefghijklmnop}" } ] }
state: { url: "file:/var/lib/schelly.db" }
providers:
  nas: { url: "http://nas:7070/backups", headers: { X-Key: "\${A}" }, timeout: { create: 60s } }
  disk:
    restic: { repository: /r, password: x, paths: [/home], exclude: ["*.tmp"] }
defaults: { timezone: Europe/Berlin, retention: &keep { daily: 7@3, weekly: 4 } }
jobs:
  - name: a
    provider: nas
    schedule: "0 0 */4 * * *"
    retention: *keep
  - name: b
    provider: { use: disk }
    jitter: 5m
    from: 2026-01-01
    retention: { hourly: 6, monthly: 2@L, guard: { max_percent: 50 } }
`;

/** One slip of an editor's hand, at a place told as a share of the text. */
type Slip = [kind: number, place: number, word: string];

function slipped(text: string, [kind, place, word]: Slip): string {
  const lines = text.split("\n");
  const line = Math.floor(place * lines.length);
  const at = Math.floor(place * text.length);
  switch (kind) {
    case 0:
      return text.slice(0, at) + word + text.slice(at);
    case 1:
      return text.slice(0, at) + text.slice(at + 1 + word.length);
    case 2:
      return lines.toSpliced(line, 1).join("\n");
    case 3:
      return lines.toSpliced(line, 0, lines[Math.floor(place * 7919) % lines.length]!).join("\n");
    case 4:
      return lines.with(line, ` ${lines[line]}`).join("\n");
    case 5:
      return lines.with(line, lines[line]!.replace(/^ {2}/, "")).join("\n");
    case 6:
      return lines.with(line, lines[line]!.replace(/: .*/, `: ${word}`)).join("\n");
    case 7:
      return lines.with(line, lines[line]!.replace(/[a-z_]+:/, `${word}:`)).join("\n");
    default:
      return text.slice(0, at);
  }
}

test("loadConfig() survives any slips in a good configuration", async () => {
  const slip = fc.tuple(
    fc.nat(8),
    fc.double({ min: 0, max: 0.999, noNaN: true }),
    fc.oneof(fc.constantFrom(...WORDS), fc.string({ maxLength: 3 })),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(slip, { minLength: 1, maxLength: 4 }), async (slips) => {
      await settles(slips.reduce(slipped, GOOD), { env: { A: "abcdefghijklmnop" } });
    }),
    { numRuns: 2_500, seed: 5 },
  );
});

test("loadConfig() takes the memory of one configuration, however many it has read", async () => {
  const rss = process.memoryUsage().rss;
  for (let at = 0; at < 300; at++) await settles(slipped(GOOD, [at % 9, at / 300, "x"]));
  assert.ok(process.memoryUsage().rss - rss < 100 * 1024 * 1024);
});

/** Texts that make careless readers slow or deep. */
const HARD: Record<string, string> = {
  "brackets": "[".repeat(20_000),
  "deep blocks": Array.from({ length: 1_000 }, (_, depth) => `${" ".repeat(depth)}a:\n`).join(""),
  "many keys": Array.from({ length: 20_000 }, (_, index) => `k${index}: 1\n`).join(""),
  "many duplicate keys": "a: 1\n".repeat(20_000),
  "many aliases": `a: &a 1\nb: [${"*a,".repeat(20_000)}]\n`,
  "many anchors": Array.from({ length: 5_000 }, (_, index) => `k${index}: &a${index} 1\n`).join(""),
  "many documents": "---\n".repeat(20_000),
  "many variables": `a: "${"${A}".repeat(50_000)}"`,
  "open variables": `a: "${"${".repeat(50_000)}"`,
  "a long line": "x".repeat(500_000),
  "a long duration": `jobs: [{ name: a, jitter: "${"9".repeat(100_000)}s", provider: { url: "http://p" } }]`,
  "a long cron pattern": `jobs: [{ name: a, schedule: "${
    "1,".repeat(50_000)
  }1 * * * *", provider: { url: "http://p" } }]`,
};

for (const [what, text] of Object.entries(HARD)) {
  test(`loadConfig() answers ${what} in bounded time`, async () => {
    const start = performance.now();
    await settles(text, { env: { A: "a" } });
    const seconds = (performance.now() - start) / 1000;
    assert.equal(seconds < 10, true, `${seconds} s`);
  });
}
