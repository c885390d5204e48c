// Who may ask over TCP: tokens and users become names, roles and digests. Their secrets are not kept.

import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import type { ServerBuild } from "./server_build.ts";
import type { AuthConfig, ProxyAuth, Role, TokenSpec, UserSpec } from "../values/config.ts";
import {
  FEWEST_ITERATIONS,
  hashPassword,
  isPassword,
  looksLikeHash,
  parsePasswordHash,
  type PasswordHash,
} from "../values/password_hash.ts";
import type { ServerSettings } from "../schema/schema_server.ts";
import { expiryText } from "../../domain/expiry.ts";
import { SHORT_TOKEN } from "../../domain/secret_name.ts";
import { instantOf } from "../values/dates.ts";
import { isMapping, type Mapping, type Path, valueAt } from "../document/tree.ts";

const SHORT_PASSWORD = 12;

/** Everybody who may ask; what is wrong is reported and left out. */
export async function buildAuth(settings: ServerSettings["auth"], build: ServerBuild): Promise<AuthConfig> {
  if (settings === undefined) return { kind: "default" };
  if (settings === "none") return { kind: "none" };
  const { tokens: writtenTokens = [], users: writtenUsers = [], proxy_header: writtenProxy, metrics } =
    settings;
  if (writtenTokens.length + writtenUsers.length === 0 && writtenProxy === undefined) {
    build.report.add(["server", "auth"], { message: "names nobody: expected tokens or users, or none" });
  }
  const names = new Set<string>();
  const tokens: TokenSpec[] = [];
  for (const [index, entry] of writtenTokens.entries()) {
    const token = buildToken(entry, ["server", "auth", "tokens", index], tokens, names, build);
    if (token !== undefined) tokens.push(token);
  }
  // At once: each hash is made beside the main thread, on whatever processors there are.
  const users = await Promise.all(
    writtenUsers.map((entry, index) => buildUser(entry, ["server", "auth", "users", index], names, build)),
  );
  return {
    kind: "named",
    tokens,
    users: users.filter((user) => user !== undefined),
    ...(writtenProxy === undefined ? {} : { proxy: buildProxyAuth(writtenProxy, build) }),
    openMetrics: metrics === "open",
  };
}

/** Leaves digests where the document held tokens and passwords: enough to tell an edit by. */
export function forgetSecrets(root: Mapping, auth: AuthConfig): void {
  if (auth.kind !== "named") return;
  for (
    const [list, key, callers] of [["tokens", "token", auth.tokens], [
      "users",
      "password",
      auth.users,
    ]] as const
  ) {
    const entries = valueAt(root, ["server", "auth", list]);
    for (const entry of Array.isArray(entries) ? entries : []) {
      if (!isMapping(entry) || entry[key] === undefined) continue;
      entry[key] = callers.find(({ name }) => name === entry.name)?.hash ?? "";
    }
  }
}

type WrittenProxy = NonNullable<Exclude<ServerSettings["auth"], "none" | undefined>["proxy_header"]>;

/** Headers that say something else, or that a browser or a proxy sends whoever is logged in. */
const TAKEN_HEADERS = /^(authorization|cookie|forwarded|host|origin|referer|x-forwarded-(for|host|proto))$/i;

function buildProxyAuth(
  { user, groups, roles = {}, role }: WrittenProxy,
  { report }: ServerBuild,
): ProxyAuth {
  const path = ["server", "auth", "proxy_header"];
  for (const [key, header] of Object.entries({ user, groups })) {
    if (header === undefined || !TAKEN_HEADERS.test(header)) continue;
    report.add([...path, key], {
      message: `'${header}' says something else: expected a header of the proxy's own`,
    });
  }
  if (Object.keys(roles).length > 0 && groups === undefined) {
    report.add([...path, "roles"], {
      message: "needs groups: expected the header with the groups beside it",
    });
  }
  if (Object.keys(roles).length === 0 && role === undefined) {
    report.add(path, { message: "lets nobody in: expected groups and roles, or role" });
  }
  return {
    user: user.toLowerCase(),
    ...(groups === undefined ? {} : { groups: groups.toLowerCase() }),
    roles,
    ...(role === undefined ? {} : { role }),
  };
}

interface Entry {
  name: string;
  role: string;
}

function buildToken(
  entry: Entry & { token?: string; token_file?: string; expires?: string },
  path: Path,
  others: readonly TokenSpec[],
  names: Set<string>,
  build: ServerBuild,
): TokenSpec | undefined {
  const { report, mode } = build;
  const secret = secretOf(entry, "token", path, build);
  checkName(entry.name, path, names, build);
  const expires = expiryOf(entry, path, build);
  if (secret === undefined) return undefined;
  const { text, where } = secret;
  const hash = bytesToHex(sha256(new TextEncoder().encode(text)));
  if (/[^\u0021-\u007e]/.test(text)) {
    report.add(where, { message: "the token has spaces or other characters: expected printable ASCII" });
  } else if (mode === "required" && others.some((other) => other.hash === hash)) {
    report.add(where, { message: "the token is used twice: expected a different one" });
  } else if (mode === "required" && text.length < SHORT_TOKEN) {
    report.add(where, {
      message:
        `the token has ${text.length} characters, which can be guessed: expected at least ${SHORT_TOKEN}`,
      severity: "warning",
    });
  }
  return { name: entry.name, role: entry.role as Role, hash, ...expires };
}

/** When the token ends; a day counts to its end in UTC. */
function expiryOf(
  { name, expires: written }: { name: string; expires?: string },
  path: Path,
  { report, now }: ServerBuild,
): { expires?: number } {
  if (written === undefined) return {};
  const where = [...path, "expires"];
  const expires = instantOf(written, "UTC", "end");
  if (expires === undefined) {
    report.add(where, { message: `'${written}' is no day of the calendar: expected one such as 2026-12-31` });
    return {};
  }
  const told = expiryText({ expires }, now);
  if (told !== undefined) {
    const message = `the token '${name}' ${told}: give whoever uses it another one, or write a later day`;
    report.add(where, { message, severity: "warning" });
  }
  return { expires };
}

async function buildUser(
  entry: Entry & { password?: string; password_file?: string },
  path: Path,
  names: Set<string>,
  build: ServerBuild,
): Promise<UserSpec | undefined> {
  const secret = secretOf(entry, "password", path, build);
  checkName(entry.name, path, names, build);
  if (secret === undefined) return undefined;
  const hash = looksLikeHash(secret.text)
    ? writtenHash(secret, build)
    : await hashOf(secret, entry.name, build);
  if (hash === undefined) return undefined;
  return {
    name: entry.name,
    role: entry.role as Role,
    hash: hash.text,
    isPassword: (password) => isPassword(hash.parsed, password),
  };
}

interface Secret {
  text: string;
  /** The key that gave it. */
  where: Path;
}

/** The text of `token` or `token_file`, `password` or `password_file`: exactly one of the two. */
function secretOf(
  entry: Partial<Record<"token" | "token_file" | "password" | "password_file", string>>,
  key: "token" | "password",
  path: Path,
  { report, secrets }: ServerBuild,
): Secret | undefined {
  const fileKey = `${key}_file` as const;
  if (entry[key] !== undefined && entry[fileKey] !== undefined) {
    report.add([...path, fileKey], { message: `stands beside ${key}: expected one of them` });
    return undefined;
  }
  if (entry[key] === undefined && entry[fileKey] === undefined) {
    report.add(path, { message: `has no ${key}: expected ${fileKey}, or ${key}` });
    return undefined;
  }
  const where = [...path, entry[key] === undefined ? fileKey : key];
  const text = entry[key] ?? secrets.textAt(where);
  return text === undefined ? undefined : { text, where };
}

function checkName(name: string, path: Path, names: Set<string>, { report }: ServerBuild): void {
  if (names.has(name)) {
    report.add([...path, "name"], {
      message: `the name '${name}' is given twice: expected another one`,
    });
  }
  names.add(name);
}

interface Hashed {
  text: string;
  parsed: PasswordHash;
}

function writtenHash({ text, where }: Secret, { report }: ServerBuild): Hashed | undefined {
  const parsed = parsePasswordHash(text);
  if (parsed === undefined) {
    report.add(where, {
      message: "the hash cannot be read: expected one line as `schelly password hash` prints it, whole",
    });
    return undefined;
  }
  if (parsed.iterations < FEWEST_ITERATIONS) {
    report.add(where, {
      message: `the hash takes only ${parsed.iterations} iterations to try a password: ` +
        `expected at least ${FEWEST_ITERATIONS}; make it anew with \`schelly password hash\``,
      severity: "warning",
    });
  }
  return { text, parsed };
}

/**
 * Costs as much as a hash that is written: who reads the memory learns no more than who reads the file. The salt need
 * not be a secret nor change from one load to the next.
 */
async function hashOf(
  { text, where }: Secret,
  name: string,
  build: ServerBuild,
): Promise<Hashed | undefined> {
  const { report, mode } = build;
  // deno-lint-ignore no-control-regex
  if (/[\u0000-\u001f\u007f]/.test(text)) {
    report.add(where, { message: "the password has control characters: expected one line" });
    return undefined;
  }
  if (mode === "required" && text.length < SHORT_PASSWORD) {
    report.add(where, {
      message:
        `the password has ${text.length} characters, which can be guessed: expected at least ${SHORT_PASSWORD}`,
      severity: "warning",
    });
  }
  const salt = sha256(new TextEncoder().encode(`schelly\n${name}`));
  const hash = await hashPassword(text, salt);
  return { text: hash, parsed: parsePasswordHash(hash)! };
}
