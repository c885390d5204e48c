import { test } from "node:test";
import assert from "node:assert/strict";
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
    { numRuns: 300, seed: 1 },
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
    { numRuns: 700, seed: 2 },
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
    { numRuns: 200, seed: 3 },
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
    { numRuns: 200, seed: 4 },
  );
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
