// Where notifications go, and what carries them there. Types only.

import type { NotifyRule } from "../domain/notify/rule.ts";

interface ChannelBase {
  name: string;
  /** Longest time of one delivery. */
  timeoutMs: number;
}

interface HttpBase extends ChannelBase {
  /** May be a secret as a whole. */
  url: string;
  /** PEM of who signed the receiver's certificate; absent: those this machine trusts. */
  ca?: string;
}

/** CloudEvents in JSON, by POST. */
export interface WebhookChannel extends HttpBase {
  type: "webhook";
  headers: Record<string, string>;
  /** Of Standard Webhooks; null: it is not signed. */
  secret: string | null;
}

export interface NtfyChannel extends HttpBase {
  type: "ntfy";
  token: string | null;
}

/** Slack, and what speaks its shape: Mattermost, Rocket.Chat, Discord below `/slack`. */
export interface SlackChannel extends HttpBase {
  type: "slack";
}

/** A program that reads JSON from its standard input. */
export interface CommandChannel extends ChannelBase {
  type: "command";
  argv: [string, ...string[]];
  env: Record<string, string>;
}

export interface EmailChannel extends ChannelBase {
  type: "email";
  server: MailServer;
  from: string;
  to: readonly string[];
}

export type ChannelSpec = WebhookChannel | NtfyChannel | SlackChannel | CommandChannel | EmailChannel;

export interface MailServer {
  host: string;
  port: number;
  /** `starttls` sends nothing before the connection is secret, and fails where it cannot be. */
  security: "starttls" | "tls" | "none";
  user: string | null;
  password: string | null;
  ca?: string;
}

export interface MailMessage {
  from: string;
  to: readonly string[];
  subject: string;
  text: string;
  /** The Message-ID: the same for each try of one message. */
  messageId: string;
  /** UTC ms. */
  date: number;
}

/**
 * Hands a message to a mail server; no step takes longer than `timeoutMs`. Rejects with an error whose message holds no
 * secret.
 */
export type SendMail = (server: MailServer, message: MailMessage, timeoutMs: number) => Promise<void>;

/** Everything the configuration says of notifications. */
export interface NotifyConfig {
  /** How messages name this installation; null: by the machine's name. */
  name: string | null;
  /** In which messages tell times, and in which quiet hours and digests are reckoned. */
  timezone: string;
  channels: readonly ChannelSpec[];
  /** In order; one for each channel at least. */
  rules: readonly NotifyRule[];
}
