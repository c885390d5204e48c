// Mail to a real server on this machine: over TLS, by STARTTLS, with a user, and what it says when it cannot.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { MailMessage, MailServer } from "../../src/ports/notifier.ts";
import { sendMail } from "../../src/runtime/mail.ts";
import { prepareMail, skipMail as skip } from "../support/smtp_receiver.ts";

const MESSAGE: MailMessage = {
  from: "schelly@b.example",
  to: ["me@b.example", "you@b.example"],
  subject: "[nas1] Ünsafe: no backup",
  text: "Last good Mon 02:00.\n.\nNothing to do.\n",
  messageId: "<0192@b.example>",
  date: Date.UTC(2026, 10, 25, 1, 31),
};

function to(port: number, ca: string | undefined, fields: Partial<MailServer> = {}): MailServer {
  const trust = ca === undefined ? {} : { ca };
  return { host: "127.0.0.1", port, security: "tls", user: null, password: null, ...trust, ...fields };
}

test(
  "mail arrives whole over TLS or STARTTLS, or is refused in words that hold no secret",
  { skip },
  async () => {
    await using mails = await prepareMail();
    const { ca } = mails;
    await using tls = await mails.serve("tls");
    await sendMail(to(tls.port, ca), MESSAGE, 20_000);
    const [mail] = tls.taken;
    assert.deepEqual([mail!.from, mail!.to, mail!.secure], [MESSAGE.from, MESSAGE.to, true]);
    assert.match(mail!.text, /^Message-ID: <0192@b\.example>\r$/m);
    assert.match(mail!.text, /^Date: Wed, 25 Nov 2026 01:31:00 \+0000\r$/m);
    assert.match(mail!.text, /^Subject: =\?UTF-8\?/m);
    assert.match(mail!.text, /^Auto-Submitted: auto-generated\r$/m);
    assert.match(mail!.text, /Nothing to do\./);

    const known = { security: "starttls", user: "me", password: "right" } as const;
    await using starttls = await mails.serve("starttls");
    await sendMail(to(starttls.port, ca, known), MESSAGE, 20_000);
    assert.deepEqual([starttls.taken[0]!.user, starttls.taken[0]!.secure], ["me", true]);

    await using plain = await mails.serve("plain");
    await assert.rejects(sendMail(to(plain.port, ca, known), MESSAGE, 20_000), /STARTTLS|TLS/i);
    assert.deepEqual(plain.taken, []);

    await assert.rejects(
      sendMail(to(tls.port, ca, { user: "me", password: "hunter2" }), MESSAGE, 20_000),
      (error: Error) => /Invalid login/.test(error.message) && !error.message.includes("hunter2"),
    );
    await assert.rejects(sendMail(to(tls.port, undefined), MESSAGE, 20_000), /certificate|issuer/i);
    assert.equal(tls.taken.length, 1);
  },
);

test("a closed port is said at once, and a server that never greets is given up in time", async () => {
  await assert.rejects(sendMail(to(1, undefined), MESSAGE, 20_000), /refused/i);
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const began = performance.now();
  await assert.rejects(
    sendMail(to(listener.addr.port, undefined, { security: "none" }), MESSAGE, 300),
    /longer than 0\.3 s|timeout|Greeting/i,
  );
  assert.ok(performance.now() - began < 5_000);
  listener.close();
});
