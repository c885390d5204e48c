// Mail out: one connection a message, by nodemailer, which is loaded with the first.

import type { MailMessage, MailServer, SendMail } from "../ports/notifier.ts";

/** Hands it to the server. Nothing is sent in the clear unless `security` says so. */
export const sendMail: SendMail = async (server, message, timeoutMs) => {
  const { createTransport } = await import("nodemailer");
  const transport = createTransport(optionsOf(server, timeoutMs));
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`it took longer than ${timeoutMs / 1000} s`)),
      timeoutMs,
    );
  });
  try {
    await Promise.race([transport.sendMail(mailOf(message)), limit]);
  } finally {
    clearTimeout(timer);
    transport.close();
  }
};

function optionsOf({ host, port, security, user, password, ca }: MailServer, timeoutMs: number) {
  return {
    host,
    port,
    secure: security === "tls",
    requireTLS: security === "starttls",
    ignoreTLS: security === "none",
    ...(user === null ? {} : { auth: { user, pass: password ?? "" } }),
    ...(ca === undefined ? {} : { tls: { ca } }),
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    dnsTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

function mailOf({ from, to, subject, text, messageId, date }: MailMessage) {
  return {
    from,
    to: [...to],
    subject,
    text,
    messageId,
    date: new Date(date),
    // Answers of machines to machines are kept out of loops.
    headers: { "Auto-Submitted": "auto-generated" },
  };
}
