// Channels and rules of notifications: what they become, and what is refused, with its place.
// Also tests build_channel.ts and notify_build.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { USUAL_WORDS } from "../../../src/domain/notify/rule.ts";
import { issuesOf, load, notesOf } from "../../support/load_text.ts";

const JOBS = `jobs:\n  - { name: db-1, provider: { url: "http://p/b" } }\n`;
const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/** The channel `c` and rules in flow style; `channel` begins in line 3, column 8. */
function text(channel: string, rules = "[]"): string {
  return `notify:\n  channels:\n    c: ${channel}\n  rules: ${rules}\n${JOBS}`;
}

test("every kind of channel becomes what is delivered to, its secrets read from files", async () => {
  const { notify, secretFiles } = await load(
    `server: { public_url: "https://b.example/x/" }
notify:
  name: nas1
  channels:
    hook: { type: webhook, url: "https://h.example/x?wait=1", secret_file: s, headers: { X-A: b }, headers_file: { X-C: h } }
    phone: { type: ntfy, url: "https://ntfy.example/topic", token_file: t, timeout: 5s }
    chat: { type: slack, url_file: u }
    run: { type: command, argv: [tell, me], env: { A: b } }
    mail: { type: email, host: m.example, user: me, password_file: p, from: a@b.example, to: [c@d.example] }
defaults: { timezone: Europe/Berlin }
${JOBS}`,
    {
      files: Object.fromEntries(
        Object.entries({ s: SECRET, h: "hv", t: "tk", u: "https://chat.example/T0/B0", p: "pw" })
          .map(([name, content]) => [`/home/me/${name}`, `${content}\n`]),
      ),
    },
  );
  assert.equal(notify.name, "nas1");
  assert.equal(notify.timezone, "Europe/Berlin");
  assert.deepEqual(notify.channels, [
    {
      name: "hook",
      timeoutMs: 15_000,
      type: "webhook",
      url: "https://h.example/x?wait=1",
      headers: { "X-A": "b", "X-C": "hv" },
      secret: SECRET,
    },
    { name: "phone", timeoutMs: 5_000, type: "ntfy", url: "https://ntfy.example/topic", token: "tk" },
    { name: "chat", timeoutMs: 15_000, type: "slack", url: "https://chat.example/T0/B0" },
    { name: "run", timeoutMs: 30_000, type: "command", argv: ["tell", "me"], env: { A: "b" } },
    {
      name: "mail",
      timeoutMs: 60_000,
      type: "email",
      server: { host: "m.example", port: 587, security: "starttls", user: "me", password: "pw" },
      from: "a@b.example",
      to: ["c@d.example"],
    },
  ]);
  assert.deepEqual(secretFiles, ["h", "p", "s", "t", "u"].map((name) => `/home/me/${name}`));
});

test("a channel that no rule names is told all that is usual, mail with a weekly digest", async () => {
  const usual = { on: USUAL_WORDS, jobs: ["*"], repeatMs: 86_400_000, quiet: null };
  const mail = `{ type: email, host: m, from: a@b, to: [c@d] }`;
  assert.deepEqual((await load(text(mail))).notify.rules, [{ to: ["c"], ...usual, digest: "weekly" }]);
  const command = `{ type: command, argv: [x] }`;
  assert.deepEqual((await load(text(command))).notify.rules, [{ to: ["c"], ...usual, digest: "never" }]);
  const rules =
    `[{ to: [c], on: [late], jobs: ["db-*"], repeat: never, quiet: "22:00-07:30", digest: daily }]`;
  assert.deepEqual((await load(text(command, rules))).notify.rules, [{
    to: ["c"],
    on: ["late"],
    jobs: ["db-*"],
    repeatMs: null,
    quiet: { from: 1320, to: 450 },
    digest: "daily",
  }]);
});

const REFUSED: [channel: string, rules: string, issue: string][] = [
  [
    "{ type: slak, url: x }",
    "[]",
    "3:16: notify.channels.c.type: 'slak' does not fit: expected webhook, ntfy, slack, command or email (did you mean slack?)",
  ],
  ["{ type: slack }", "[]", "3:8: notify.channels.c: has no url: expected url, or url_file"],
  [
    `{ type: webhook, url: "ftp://s3cret" }`,
    "[]",
    "3:30: notify.channels.c.url: the address is not an http address: expected https://host/path",
  ],
  [
    `{ type: ntfy, url: "https://ntfy.sh/" }`,
    "[]",
    "3:27: notify.channels.c.url: the address names no topic: expected https://host/TOPIC",
  ],
  [
    `{ type: webhook, url: "https://h/x", secret: hunter2 }`,
    "[]",
    "3:53: notify.channels.c.secret: the secret is not base64: expected whsec_ and base64 behind it " +
    `(printf 'whsec_%s\\n' "$(openssl rand -base64 32)")`,
  ],
  [
    `{ type: ntfy, url: "https://h/x", topic: y }`,
    "[]",
    "3:42: notify.channels.c.topic: unknown key 'topic': expected one of type, url, url_file, ca_file, token, token_file, timeout",
  ],
  [
    "{ type: email, host: m, from: a@b, to: [c@d], user: x }",
    "[]",
    "3:8: notify.channels.c: has a user and no password: expected both",
  ],
  [
    "{ type: email, host: m, from: a@b, to: [me] }",
    "[]",
    "3:48: notify.channels.c.to[0]: 'me' is no address of mail: expected one such as me@example.org",
  ],
  [
    "{ type: email, host: m, from: a@b, to: [c@d], security: none, user: x, password: y }",
    "[]",
    "3:64: notify.channels.c.security: sends the password in the clear: expected starttls or tls where there is a user",
  ],
  [
    "{ type: command, argv: [x] }",
    "[{ to: [b] }]",
    "4:18: notify.rules[0].to[0]: 'b' is no channel: expected one of c (did you mean c?)",
  ],
  [
    "{ type: command, argv: [x] }",
    `[{ to: [c], quiet: "22:00-22:00" }]`,
    "4:29: notify.rules[0].quiet: '22:00-22:00' is the whole day or none of it: expected two different times, such as 22:00-07:00",
  ],
  [
    "{ type: command, argv: [x] }",
    `[{ to: [c], quiet: "25:00-07:00" }]`,
    "4:29: notify.rules[0].quiet: '25:00-07:00' is no time of quiet: expected two times of the day, such as 22:00-07:00",
  ],
  [
    "{ type: command, argv: [x] }",
    "[{ to: [c], on: [broken] }]",
    "4:27: notify.rules[0].on[0]: 'broken' is not known: expected failing, never, late, suspect, guarded, stuck, " +
    "waiting, unproved, verification_failed, recovered or deletion_planned",
  ],
];

test("what cannot be used is refused at its place, and no address or secret is shown", async () => {
  for (const [channel, rules, issue] of REFUSED) {
    const issues = await issuesOf(text(channel, rules));
    assert.deepEqual(issues.map((found) => found.split("\n")[0]), [`schelly.yaml:${issue}`]);
    assert.doesNotMatch(issues.join(), /s3cret|hunter2/);
  }
});

test("a mistake in a channel does not make the rules that name it wrong", async () => {
  const issues = await issuesOf(text("{ type: slack }", "[{ to: [c] }]"));
  assert.equal(issues.length, 1, issues.join("\n"));
});

test("a rule for jobs that there are none of is a warning", async () => {
  const rules = "[{ to: [c], jobs: [web-*] }]";
  const [note] = await notesOf(text("{ type: command, argv: [x] }", rules));
  assert.match(
    note!,
    /^warning .*rules\[0\]\.jobs\[0\]: 'web-\*' names no job of this configuration: nothing is told/,
  );
});

test("config show hides addresses and secrets of channels", async () => {
  const { effective } = await load(
    text(`{ type: webhook, url: "https://h/T0KEN", secret: ${SECRET}, headers: { X-A: hush } }`),
  );
  const shown = effective.filter(({ path }) => path.startsWith("notify.")).map(({ path, value }) =>
    `${path} = ${value}`
  );
  assert.deepEqual(shown, [
    "notify.channels.c.type = webhook",
    "notify.channels.c.url = <redacted>",
    `notify.channels.c.secret = <redacted>`,
    "notify.channels.c.headers.X-A = <redacted>",
    "notify.rules = []",
  ]);
});

test("a public address that is none is refused", async () => {
  const at = (url: string) => issuesOf(`server: { public_url: "${url}" }\n${JOBS}`);
  assert.match((await at("backup.example"))[0]!, /1:23: server.public_url: 'backup.example' is no address/);
  assert.match((await at("https://a:b@c"))[0]!, /carries a user or password/);
});

test("a rule that stands after one of all jobs is a warning, unless it is for a digest alone", async () => {
  const told = (rules: string) => notesOf(text("{ type: command, argv: [x] }", rules));
  const [note] = await told("[{ to: [c], on: [never] }, { to: [c], on: [failing] }]");
  assert.match(
    note!,
    /^warning .*rules\[1\]\.to\[0\]: 'c' is told by rules\[0\], which names all jobs: of this rule nothing/,
  );
  assert.deepEqual(await told("[{ to: [c], on: [never] }, { to: [c], digest: daily }]"), []);
  assert.deepEqual(await told("[{ to: [c], jobs: [db-*], on: [never] }, { to: [c], on: [failing] }]"), []);
});
