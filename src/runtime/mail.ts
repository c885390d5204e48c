// Mail out: one connection a message, by nodemailer, which is loaded with the first.

import type { MailMessage, MailServer, SendMail } from "../ports/notifier.ts";

/**
 * Hands it to the server. Nothing is sent in the clear unless `security` says so. The time is of each step; that of all of
 * them together is for the caller, who knows when the program stops.
 */
export const sendMail: SendMail = async (server, message, timeoutMs) => {
  const { createTransport } = await import("nodemailer");
  const transport = createTransport(optionsOf(server, timeoutMs));
  try {
    await transport.sendMail(mailOf(message));
  } finally {
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
