// The keys of the server itself: where it listens, who may ask, what it logs, where its state lies.

import { z } from "zod";
import { described, duration, line, name, text } from "./schema_leaves.ts";

const token = z.strictObject({
  name: described(name, "Shown in events as who did it"),
  role: described(
    z.enum(["viewer", "operator", "admin"]),
    "viewer reads, operator triggers and pauses, admin all",
  ),
  token: described(text, "The token; better: token_file").optional(),
  token_file: described(line, "File with the token").optional(),
});

const listen = z.string({ error: "is not host:port: expected for example 127.0.0.1:8080, in quotes" }).min(1);

export const ServerSchema = z.strictObject({
  listen: described(listen, "host:port of HTTP, or none", "127.0.0.1:8080").optional(),
  socket: described(
    line,
    "Unix socket whose opener is admin, or none; absent: /run/schelly/schelly.sock when that folder exists",
  ).optional(),
  tls: described(
    z.strictObject({
      cert_file: described(line, "Certificate chain in PEM"),
      key_file: described(line, "Private key in PEM"),
    }),
    "Serve HTTPS",
  ).optional(),
  auth: described(
    z.union([
      z.literal("none"),
      z.strictObject({ tokens: described(z.array(token).min(1), "The tokens, each with a name and a role") }),
    ]),
    "Who may ask over TCP: tokens, or none to open everything; absent: reads and starting a backup are open",
  ).optional(),
  stop_timeout: described(duration(0, "0s"), "Time for answers under way when stopping", "30s").optional(),
});

export const LogSchema = z.strictObject({
  level: described(z.enum(["debug", "info", "warning", "error"]), "Least level that is logged", "info")
    .optional(),
  format: described(
    z.enum(["auto", "text", "json"]),
    "auto: text on a terminal, else JSON lines",
    "auto",
  ).optional(),
});

export const StateSchema = z.strictObject({
  url: described(
    line,
    "file:PATH of the state, or libsql://, https:// of a libSQL server",
    "file:/var/lib/schelly/schelly.db",
  ).optional(),
  token: described(text, "Token of a libSQL server; better: token_file").optional(),
  token_file: described(line, "File with that token").optional(),
});

export type ServerSettings = z.infer<typeof ServerSchema>;
export type LogSettings = z.infer<typeof LogSchema>;
export type StateSettings = z.infer<typeof StateSchema>;
