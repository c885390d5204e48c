// Inputs that are no good configuration, and the generated page that shows the answer to each.

import { ConfigError, formatIssue } from "../../src/domain/errors.ts";
import { HABITS } from "./bad_config_habits.ts";
import type { BadInput } from "./bad_input.ts";
import { load } from "./load_text.ts";

const PLACE = "/home/me/schelly.yaml";
const GOOD = `jobs:\n  - name: a\n    provider: { url: "http://p/b" }\n`;
const encode = (text: string) => new TextEncoder().encode(text);
const bytes = (content: Uint8Array): BadInput["options"] => ({ files: { [PLACE]: content } });

/** Nine lists, each nine times the one before: 387 million values when written out. */
const BOMB = `a: &a [x, x, x, x, x, x, x, x, x]\n` +
  Array.from("bcdefghi", (key, at) => {
    const before = `*${"abcdefgh"[at]}`;
    return `${key}: &${key} [${Array(9).fill(before).join(", ")}]\n`;
  }).join("");

/** What each of these is answered stands in docs/bad_config.md. */
export const BAD_INPUTS: BadInput[] = [
  { name: "a byte order mark", text: null, options: bytes(encode(`\ufeff${GOOD}`)), accepted: true },
  { name: "Windows line ends", text: GOOD.replaceAll("\n", "\r\n"), accepted: true },
  { name: "a mistake behind Windows line ends", text: `${GOOD}    shedule: x\n`.replaceAll("\n", "\r\n") },
  { name: "anchors, used modestly", text: `defaults: { env: &e x }\n${GOOD}` },
  {
    name: "an anchor that is used",
    text: `defaults: { retention: &keep { daily: 3 } }\n${GOOD}    retention: *keep\n`,
    accepted: true,
  },
  { name: "tabs", text: "jobs:\n\t- name: a\n" },
  { name: "a key twice", text: `${GOOD}    timezone: UTC\n    timezone: Europe/Berlin\n` },
  { name: "a merge key", text: `${GOOD}    <<: { enabled: true }\n`, accepted: true },
  { name: "an unknown tag", text: `${GOOD}    schedule: !cron 5 * * * *\n` },
  { name: "two documents", text: `${GOOD}---\n${GOOD}` },
  { name: "an alias bomb", text: `${BOMB}${GOOD}`, shown: "nine lists of nine aliases each" },
  { name: "an alias in itself", text: `log: &a { level: *a }\n${GOOD}` },
  { name: "a key `__proto__`", text: `${GOOD}    __proto__: { enabled: false }\n` },
  { name: "a key `constructor`", text: `${GOOD}    constructor: { prototype: x }\n` },
  {
    name: "a binary file",
    text: null,
    options: bytes(Uint8Array.from({ length: 4096 }, (_, at) => at * 7 % 256)),
    shown: "4096 bytes",
  },
  { name: "a NUL", text: 'jobs: "\u0000"\n', shown: 'jobs: "<NUL>"' },
  { name: "Latin-1 text", text: null, options: bytes(new Uint8Array([...encode("# "), 0xfc, 0x0a])) },
  {
    name: "UTF-16 text",
    text: null,
    options: bytes(
      new Uint8Array([
        0xff,
        0xfe,
        ...new Uint8Array(new Uint16Array(Array.from(GOOD, (c) => c.charCodeAt(0))).buffer),
      ]),
    ),
    shown: "UTF-16, little endian",
  },
  {
    name: "10 MB",
    text: null,
    options: bytes(encode("# x\n".repeat(2_621_440))),
    shown: "2,621,440 comments",
  },
  {
    name: "1 MB in deep brackets",
    text: "[".repeat(1_000_000),
    shown: "1,000,000 times [",
  },
  { name: "1 MB in deep lists", text: "- ".repeat(500_000), shown: "500,000 times -" },
  {
    name: "5,000 duplicate keys",
    text: `${GOOD}${"    schedule: x\n".repeat(5_000)}`,
    shown: "5,000 times schedule:",
  },
  { name: "an empty file", text: "" },
  {
    name: "no such file",
    text: null,
    options: { flags: { config: "nowhere.yaml" } },
    shown: "--config nowhere.yaml",
  },
  {
    name: "a folder where a file should be",
    text: null,
    options: { prepare: (files) => files.putFolder(PLACE) },
    shown: "./schelly.yaml/",
  },
  {
    name: "a folder without YAML",
    text: null,
    options: { flags: { config: "conf" }, prepare: (files) => files.put("/home/me/conf/readme.txt", "x") },
    shown: "--config conf",
  },
  {
    name: "a file that may not be read",
    text: GOOD,
    options: { prepare: (files) => files.deny(PLACE) },
    shown: "mode 0000",
  },
  {
    name: "a pipe",
    text: null,
    options: { prepare: (files) => files.putOther(PLACE) },
    shown: "a named pipe",
  },
  { name: "a mistyped key", text: `${GOOD}    retentoin: { daily: 3 }\n` },
  { name: "a mistyped value", text: `${GOOD}    missed_runs: lates\n` },
  { name: "a mistyped zone", text: `${GOOD}    timezone: Europe/Berln\n` },
  { name: "a minute 61", text: `${GOOD}    schedule: "61 * * * *"\n` },
  { name: "a hour of words", text: `${GOOD}    schedule: "0 noon * * *"\n` },
  { name: "four fields", text: `${GOOD}    schedule: "0 0 * *"\n` },
  { name: "31 February", text: `${GOOD}    schedule: "0 0 31 2 *"\n` },
  { name: "a pattern without quotes", text: `${GOOD}    schedule: */5 * * * *\n` },
  { name: "a bare number for a time", text: `${GOOD}    jitter: 60\n` },
  { name: "a bare number for a size", text: `${GOOD}    min_size: 10\n` },
  { name: "a policy of nothing", text: `${GOOD}    retention: { daily: 0 }\n` },
  { name: "a window in restic's months", text: `${GOOD}    retention: { keep_within: 6m }\n` },
  { name: "a window of days by restic's name", text: `${GOOD}    retention: { keep_within_daily: 30d }\n` },
  { name: "a variable that is not set", text: `${GOOD}    timezone: \${ZONE}\n` },
  { name: "a broken variable", text: `${GOOD}    timezone: "\${ZONE"\n` },
  {
    name: "a secret file that is not there",
    text: `${GOOD.replace(" }\n", ", headers_file: { X-Key: key } }\n")}`,
  },
  {
    name: "a mistyped role",
    text: `server: { auth: { tokens: [ { name: ops, role: operater, token: "\${OPS}" } ] } }\n${GOOD}`,
    options: { env: { OPS: "0123456789abcdef" } },
  },
  { name: "an auth that names nobody", text: `server: { auth: { metrics: open } }\n${GOOD}` },
  {
    name: "a user without a password",
    text: `server: { auth: { users: [ { name: ann, role: viewer } ] } }\n${GOOD}`,
  },
  {
    name: "a hash of a password that was cut off",
    text: `server: { auth: { users: [ { name: ann, role: viewer, ` +
      `password: "$pbkdf2-sha256$i=600000$AAECAwQF" } ] } }\n${GOOD}`,
  },
  {
    name: "two callers of one name",
    text: `server:\n  auth:\n    tokens: [ { name: ann, role: admin, token: 0123456789abcdef } ]\n` +
      `    users: [ { name: ann, role: viewer, password: correct horse } ]\n${GOOD}`,
  },
  {
    name: "certificate and key in each other's place",
    text: `server: { tls: { cert_file: key.pem, key_file: cert.pem } }\n${GOOD}`,
    options: {
      files: {
        "/home/me/key.pem": "-----BEGIN PRIVATE KEY-----\n",
        "/home/me/cert.pem": "-----BEGIN CERTIFICATE-----\n",
      },
    },
  },
  {
    name: "a key with a passphrase",
    text: `server: { tls: { cert_file: cert.pem, key_file: key.pem } }\n${GOOD}`,
    options: {
      files: {
        "/home/me/key.pem": "-----BEGIN ENCRYPTED PRIVATE KEY-----\n",
        "/home/me/cert.pem": "-----BEGIN CERTIFICATE-----\n",
      },
    },
  },
  { name: "a certificate without its key", text: `server: { tls: { cert_file: cert.pem } }\n${GOOD}` },
  ...HABITS,
  {
    name: "many mistakes at once",
    text:
      `log: { level: loud }\njobs:\n  - name: A\n    schedule: "99 * * * *"\n    provider: nas\ntail: 1\n`,
  },
];

/** What the loader says to an input. */
export async function answerTo({ text, options = {} }: BadInput): Promise<string[]> {
  try {
    const { notes } = await load(text, options);
    return ["accepted", ...notes.map((note) => `${note.severity}: ${formatIssue(note)}`)];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.issues.map((issue) =>
      (issue.severity === "error" ? "" : `${issue.severity}: `) + formatIssue(issue)
    );
  }
}

/** The page docs/bad_config.md. */
export async function badConfigTable(): Promise<string> {
  const parts = [
    "# Bad configurations, and what Schelly says to them\n",
    "Generated from `tests/support/bad_config.ts` by `scripts/config_docs.ts`; a test keeps it current, and holds\n" +
    "each answer to a second and 300 MB. `schelly validate config` adds the line with a caret below the place.\n",
  ];
  for (const input of BAD_INPUTS) {
    const text = input.shown ?? input.text ??
      new TextDecoder().decode(input.options!.files![PLACE] as Uint8Array);
    const answers = await answerTo(input);
    parts.push(
      `## ${input.name}\n\n\`\`\`yaml\n${text.replace(/\r?\n$/, "").replaceAll("\r", "␍")}\n\`\`\`\n`,
    );
    parts.push(`\`\`\`text\n${answers.join("\n")}\n\`\`\`\n`);
  }
  return parts.join("\n");
}
