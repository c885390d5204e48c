// Real receivers on this machine: what a webhook, ntfy, a chat and a command get, and that a stranger's library takes it.
// Also tests signed_event.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Webhook } from "standardwebhooks";
import { type CloudEvent, HTTP } from "cloudevents";
import { createDeliver } from "../../../src/observe/notify/deliver.ts";
import type { ChannelSpec } from "../../../src/ports/notifier.ts";
import type { Notice } from "../../../src/ports/outbox.ts";
import { createHost } from "../../../src/runtime/host.ts";

const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const NOTICE: Notice = {
  news: "bad",
  title: "[nas1] postgres: no backup for 2 d <Ünsafe & co>",
  text: "Last good Mon 02:00.\nStart PostgreSQL.",
  link: "https://b.example/jobs/postgres",
  jobs: [{ job: "postgres", state: "failing", well: false, since: null, cause: "refused", remedy: null }],
};
const MESSAGE = { id: "0192-one", createdAt: Date.UTC(2026, 10, 25, 1, 31), notice: NOTICE };
const NEVER = new AbortController().signal;

interface Received {
  path: string;
  headers: Headers;
  body: string;
}

/** A receiver that keeps what it gets. */
function receiver(answer: (request: Request) => Response | Promise<Response> = () => new Response("ok")) {
  const received: Received[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    received.push({
      path: new URL(request.url).pathname,
      headers: request.headers,
      body: await request.text(),
    });
    return await answer(request);
  });
  const url = `http://127.0.0.1:${server.addr.port}`;
  return { received, url, [Symbol.asyncDispose]: () => server.shutdown() };
}

function deliver(channel: ChannelSpec, message = MESSAGE): Promise<void> {
  const host = createHost();
  const env = { ...host.env, BORG_PASSPHRASE: "phrase-of-borg" };
  return createDeliver({ ...host, env, source: () => "https://b.example" })(channel, message, NEVER);
}

const webhook = (url: string, timeoutMs = 10_000): ChannelSpec => (
  { type: "webhook", name: "ops", timeoutMs, url, secret: SECRET, headers: { "X-Team": "storage" } }
);

test("a webhook is a CloudEvent that the verifier of Standard Webhooks takes, and refuses when one letter differs", async () => {
  await using to = receiver();
  await deliver(webhook(`${to.url}/hook`));
  const [{ path, headers, body }] = to.received as [Received];
  assert.equal(path, "/hook");
  assert.equal(headers.get("x-team"), "storage");
  assert.match(headers.get("content-type")!, /^application\/cloudevents\+json/);
  const signed = Object.fromEntries(headers);
  new Webhook(SECRET).verify(body, signed);
  assert.throws(() => new Webhook(SECRET).verify(body.replace("bad", "god"), signed));
  assert.throws(() => new Webhook("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").verify(body, signed));
  const event = HTTP.toEvent({ headers: signed, body }) as CloudEvent<Notice>;
  assert.deepEqual([event.id, event.source, event.type, event.subject], [
    "0192-one",
    "https://b.example",
    "schelly.notice.bad",
    "postgres",
  ]);
  assert.equal(new Date(event.time!).toISOString(), "2026-11-25T01:31:00.000Z");
  assert.deepEqual(event.data, NOTICE);
  assert.equal(headers.get("webhook-id"), "0192-one");
});

test("ntfy gets title, text, priority and link beside its topic, with the token", async () => {
  await using to = receiver();
  await deliver({
    type: "ntfy",
    name: "phone",
    timeoutMs: 10_000,
    url: `${to.url}/base/nas1-x`,
    token: "tk",
  });
  const [{ path, headers, body }] = to.received as [Received];
  assert.deepEqual([path, headers.get("authorization")], ["/base/", "Bearer tk"]);
  assert.deepEqual(JSON.parse(body), {
    topic: "nas1-x",
    title: NOTICE.title,
    message: NOTICE.text,
    priority: 4,
    tags: ["warning"],
    click: NOTICE.link,
  });
});

test("a chat gets one text whose signs are no markup", async () => {
  await using to = receiver();
  await deliver({ type: "slack", name: "chat", timeoutMs: 10_000, url: `${to.url}/T0/B0` });
  assert.equal(
    JSON.parse(to.received[0]!.body).text,
    "*[nas1] postgres: no backup for 2 d &lt;Ünsafe &amp; co&gt;*\nLast good Mon 02:00.\nStart PostgreSQL.\n<https://b.example/jobs/postgres>",
  );
});

test("a redirect is not followed, and neither it nor a hanging receiver shows the address", async () => {
  await using elsewhere = receiver();
  await using to = receiver((request) =>
    new URL(request.url).pathname === "/moved"
      ? Response.redirect(`${elsewhere.url}/caught`, 307)
      : new Promise((resolve) => setTimeout(() => resolve(new Response("late")), 1_500))
  );
  await assert.rejects(
    deliver(webhook(`${to.url}/moved`)),
    { message: "it answers 307, a redirect, which is not followed: name the address it leads to" },
  );
  assert.deepEqual(elsewhere.received, []);
  await assert.rejects(deliver(webhook(`${to.url}/s3cret`, 200)), { message: "it took longer than 0.2 s" });
  await assert.rejects(
    deliver(webhook("http://127.0.0.1:1/s3cret")),
    (error: Error) =>
      error.message ===
        "connection refused: it cannot be reached: see that its server runs, and that 'url' leads to it",
  );
});

test("a command reads the message from its standard input; what it says when it fails hides its secrets", async () => {
  const folder = await Deno.makeTempDir();
  const command = (script: string): ChannelSpec => (
    { type: "command", name: "run", timeoutMs: 5_000, argv: ["sh", "-c", script], env: { KEY: "hunter22" } }
  );
  await deliver(command(`cat > ${folder}/told`));
  const told = JSON.parse(await Deno.readTextFile(`${folder}/told`));
  assert.deepEqual(told, {
    id: "0192-one",
    source: "https://b.example",
    time: "2026-11-25T01:31:00.000Z",
    ...NOTICE,
  });
  await assert.rejects(deliver(command('echo "no: $KEY" >&2; exit 3')), {
    message: "'sh' ended with 3: no: <redacted>",
  });
  Deno.env.set("API_KEY", "s3cret-of-others");
  // Of Schelly's own environment it gets what it needs to run, and shows no secret of that.
  await assert.rejects(deliver(command('echo "${API_KEY-none} $BORG_PASSPHRASE" >&2; exit 3')), {
    message: "'sh' ended with 3: none <redacted>",
  });
  Deno.env.delete("API_KEY");
  await assert.rejects(deliver({ ...command("sleep 9"), timeoutMs: 200 }), {
    message: "it took longer than 0.2 s",
  });
  await assert.rejects(
    deliver({ type: "command", name: "run", timeoutMs: 5_000, argv: ["/not/there"], env: {} }),
    /^Error: '\/not\/there' cannot be started: /,
  );
  await Deno.remove(folder, { recursive: true });
});
