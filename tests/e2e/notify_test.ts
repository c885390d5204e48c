// Notifications of the compiled program: a channel is tried out, and what was written before a kill -9 arrives after it.

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { Webhook } from "standardwebhooks";
import { programTest, until } from "../support/program.ts";
import { prepareMail, skipMail } from "../support/smtp_receiver.ts";

const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

interface Received {
  id: string;
  type: string;
  data: any;
}

/** A receiver that verifies what it gets and, at first, never answers. */
function receiver() {
  const received: Received[] = [];
  const state = { answers: false };
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const body = await request.text();
    new Webhook(SECRET).verify(body, Object.fromEntries(request.headers));
    received.push(JSON.parse(body));
    return state.answers ? new Response("ok") : await new Promise<Response>(() => {});
  });
  return { received, state, url: `http://127.0.0.1:${server.addr.port}/hook`, server };
}

function yaml(url: string): string {
  return `notify:
  name: nas1
  channels:
    ops: { type: webhook, url: "${url}", secret: ${SECRET}, timeout: 60s }
jobs:
  - name: files
    schedule: "0 0 0 29 2 *"
    retry: { attempts: 0 }
    provider: { command: { create: [sh, -c, "echo 'connect 10.0.0.5:5432: connection refused'; exit 1"], delete: ["true"] } }
    retention: keep_all
`;
}

programTest(
  "what is told of a failure outlives kill -9 between the failure, the sending and the answer, under one id",
  async (rig) => {
    const to = receiver();
    try {
      const first = await rig.server({ yaml: yaml(to.url) });
      assert.equal((await first.post("/jobs/files/trigger")).status, 202);
      await until("the job fails", async () => (await first.get("/status")).by_state.failing === 1);
      // It is known to nobody but the state that something is to be told.
      await first.kill();

      const second = await rig.server();
      await until("the message is on its way", () => Promise.resolve(to.received.length === 1), 150_000);
      await second.kill();

      to.state.answers = true;
      const third = await rig.server();
      await until(
        "the message arrives",
        async () => (await third.get("/events?type=notify.sent")).length === 1,
        60_000,
      );
      assert.deepEqual(to.received.map(({ type }) => type), ["schelly.notice.bad", "schelly.notice.bad"]);
      assert.equal(new Set(to.received.map(({ id }) => id)).size, 1, "one id");
      assert.equal(to.received[1]!.data.title, "[nas1] files: no backup at all (connection refused)");
      assert.deepEqual((await third.get("/notify")).channels, [
        { name: "ops", type: "webhook", waiting: 0, held_jobs: 0, oldest: null, error: null },
      ]);

      const tried = await rig.cli("notify", "test", "ops");
      assert.equal(tried.code, 0, tried.err);
      assert.match(tried.out, /^taken: TEST \[nas1\] example: no backup for 2 d/);
      assert.equal(to.received.length, 12);
      const metrics = await (await fetch(`${third.url}/metrics`)).text();
      assert.match(metrics, /^schelly_notify_backlog\{channel="ops"\} 0$/m);
      assert.match(metrics, /^schelly_notifications_total\{channel="ops",status="sent"\} 1$/m);
    } finally {
      void to.server.shutdown().catch(() => {});
    }
  },
);

programTest(
  "mail of the compiled program arrives over STARTTLS, with a password from a file, and its end is known",
  async (rig) => {
    await using mails = await prepareMail();
    await using to = await mails.serve("starttls");
    await writeFile(`${rig.folder}/ca.pem`, mails.ca);
    await writeFile(`${rig.folder}/mail-password`, "right\n", { mode: 0o600 });
    await rig.server({
      yaml: `notify:
  channels:
    mail: { type: email, host: 127.0.0.1, port: ${to.port}, user: me, password_file: mail-password, ca_file: ca.pem, from: a@b.example, to: [c@d.example] }
jobs:
  - { name: a, schedule: "0 0 0 29 2 *", provider: { command: { create: ["true"], delete: ["true"] } } }
`,
    });
    const tried = await rig.cli("notify", "test", "mail");
    assert.equal(tried.code, 0, tried.out + tried.err);
    assert.deepEqual(to.taken.map(({ user, secure }) => [user, secure]), Array(10).fill(["me", true]));
    const listed = await rig.cli("notify", "list");
    assert.match(listed.out, /^mail +email +0 /m);
    assert.match(listed.out, /weekly digest/);
  },
  { skip: skipMail },
);

programTest(
  "deletions to come arrive at a webhook that asked for them, before they are made",
  async (rig) => {
    const to = receiver();
    to.state.answers = true;
    try {
      const made = `echo "{\\"data_id\\": \\"$(date +%s%N)\\", \\"size_mb\\": 1}"`;
      const schelly = await rig.server({
        yaml: `notify:
  name: nas1
  channels:
    ops: { type: webhook, url: "${to.url}", secret: ${SECRET} }
  rules: [{ to: [ops], on: [deletion_planned] }]
jobs:
  - name: files
    schedule: "0 */5 * * * *"
    provider: { command: { create: { shell: ${JSON.stringify(made)} }, delete: ["true"] } }
    retention: { minutely: 3 }
`,
      });
      const { id } = await schelly.backup("files");
      await until("it is told", () => Promise.resolve(to.received.length === 1), 420_000);
      const [{ type, data }] = to.received as [Received];
      assert.equal(type, "schelly.notice.planned");
      assert.match(data.title, /^\[nas1\] files: [123] backups? will be deleted until /);
      assert.ok(data.text.includes(id), data.text);
      assert.match(data.text, /`schelly backups hold ID --reason …` keeps one, `schelly freeze` all/);
      assert.deepEqual(await schelly.get("/backups?status=deleted"), []);
    } finally {
      void to.server.shutdown().catch(() => {});
    }
  },
);
