// Whoever writes a value in another form than is expected is shown the right one, and that is one that is taken.

import assert from "node:assert/strict";
import { test } from "node:test";
import { RIGHT_FORMS } from "../../../src/config/schema/right_forms.ts";
import { issuesOf, load } from "../../support/load_text.ts";

const FILES = {
  "/etc/schelly/heartbeat": "https://hc.example/1",
  "/etc/schelly/ping": "https://hc.example/2",
  "/etc/schelly/topic": "https://ntfy.example/t",
};
const RESTIC = "restic: { repository: /r, password: p, paths: [/x] }";
const phone = 'phone: { type: slack, url: "http://a" }';

/** Documents in which each form stands, without it. */
const WHERE: Record<string, (value: string) => string> = {
  "notify.rules": (value) => top(`notify: { channels: { ${phone} }, rules: ${value} }`),
  "rules.to": (value) => top(`notify: { channels: { ${phone} }, rules: [{ to: ${value} }] }`),
  "rules.on": (value) => top(`notify: { channels: { ${phone} }, rules: [{ to: [phone], on: ${value} }] }`),
  "rules.jobs": (value) =>
    top(`notify: { channels: { ${phone} }, rules: [{ to: [phone], jobs: ${value} }] }`),
  "email.to": (value) =>
    top(`notify: { channels: { email: { type: email, host: h, from: a@b.example, to: ${value} } } }`),
  argv: (value) => top(`notify: { channels: { x: { type: command, argv: ${value} } } }`),
  on_success: (value) => job(`on_success: ${value}`),
  on_failure: (value) => job(`on_failure: ${value}`),
  pre: (value) => top(`providers: { r: { ${RESTIC.replace(" }", `, pre: ${value} }`)} } }`),
  post: (value) => top(`providers: { r: { ${RESTIC.replace(" }", `, post: ${value} }`)} } }`),
  metrics: (value) => top(`metrics: ${value}`),
  restore: (value) => top(`restore: ${value}`),
  roots: (value) => top(`restore: { roots: ${value} }`),
  recovery_sheet: (value) => top(`recovery_sheet: ${value}`),
  heartbeat: (value) => top(`heartbeat: ${value}`),
  ping: (value) => job(`ping: ${value}`),
  retry: (value) => job(`retry: ${value}`),
  expect: (value) => job(`schedule: "@daily"\n    retention: { daily: 40 }\n    expect: ${value}`),
  retention: (value) => job(`schedule: "@daily"\n    retention: ${value}`),
  paths: (value) => top(`providers: { r: { ${RESTIC.replace("[/x]", value)} } }`),
  exclude: (value) => top(`providers: { r: { ${RESTIC.replace(" }", `, exclude: ${value} }`)} } }`),
  state: (value) => top(`state: ${value}`),
  notify: (value) => top(`notify: ${value}`),
  channels: (value) => top(`notify: { channels: ${value} }`),
};

function top(line: string): string {
  return `jobs: [{ name: db, provider: { url: "http://p/b" } }]\n${line}\n`;
}

function job(lines: string): string {
  return `jobs:\n  - name: db\n    provider: { url: "http://p/b" }\n    ${lines}\n`;
}

for (const [key, form] of Object.entries(RIGHT_FORMS)) {
  test(`${key}: a number is refused with the form that is taken`, async () => {
    const where = WHERE[key]!;
    // A number of a policy has a form of its own.
    const issues = await issuesOf(where(key === "retention" ? "true" : "7"), { files: FILES });
    assert.ok(
      issues.some((issue) => issue.includes(`(for example ${key.split(".").at(-1)}: ${form})`)),
      issues.join("; "),
    );
    await load(where(form), { files: FILES });
  });
}

test("a number or a time in the place of a policy becomes one", async () => {
  for (
    const [value, form] of [["7", "{ daily: 7 }"], ["30d", "{ keep_within: 30d }"], [
      "-1",
      "{ daily: 7, weekly: 4 }",
    ]]
  ) {
    const [issue] = await issuesOf(WHERE.retention!(value!));
    assert.ok(issue!.endsWith(`(for example retention: ${form})`), issue!);
    await load(WHERE.retention!(form!));
  }
});

test("a path in the place of the state becomes one", async () => {
  for (const path of ["/var/lib/x.db", "./x.db", "file:/var/lib/x.db"]) {
    const [issue] = await issuesOf(top(`state: ${path}`));
    const form = `{ url: "file:${path.replace("file:", "")}" }`;
    assert.ok(issue!.endsWith(`(for example state: ${form})`), issue!);
    await load(top(`state: ${form}`));
  }
  assert.match((await issuesOf(top("notify: email")))[0]!, /notify: \{ channels: \{ mail: \{ type: email, /);
});

test("what has no example of its own is shown in brackets, and no secret is", async () => {
  const sources = top("providers: { b: { backy2: { config: {}, sources: file } } }");
  assert.doesNotMatch((await issuesOf(sources)).join("\n"), /undefined/);
  const [issue] = await issuesOf(top('notify: { channels: { phone: "https://hooks.example/s3cret" } }'));
  assert.match(issue!, /the value is not a mapping with keys \(for example phone: \{ type: ntfy, /);
  assert.doesNotMatch(issue!, /s3cret/);
});

test("a number without its unit, or with other words beside it, is told what would be taken", async () => {
  const said = async (text: string) => (await issuesOf(text))[0]!.replace(/^.*?: [a-z_.0-9[\]]+: /, "");
  const rule = (repeat: string) =>
    top(`notify: { channels: { ${phone} }, rules: [{ to: [phone], repeat: ${repeat} }] }`);
  assert.equal(await said(rule("24")), "'24' has no unit: expected a duration such as 24m or 24h, or never");
  await load(rule("24m"));
  await load(rule("24h"));
  assert.match(await said(top("metrics: { jobs: 10 }")), /expected all, none, or top:N such as top:10$/);
  await load(top("metrics: { jobs: top:10 }"));
  assert.equal(await said(job("max_duration: 3")), "'3' has no unit: expected a duration such as 3s");
  assert.match(await said(job("max_duration: 1.5")), /is not a duration: expected a number with a unit/);
});
