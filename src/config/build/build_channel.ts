// One channel of notifications: its address, its secrets, its limits. An address is never shown: it may be a secret.

import { parseDuration } from "../../domain/duration.ts";
import type { ChannelSpec, EmailChannel, MailServer } from "../../ports/notifier.ts";
import type { Path } from "../document/tree.ts";
import type { ChannelSettings } from "../schema/schema_notify.ts";
import { environmentOf } from "./build_builtin.ts";
import type { NotifyBuild } from "./notify_build.ts";
import { checkHeaders } from "./http_rules.ts";
import { judgeCertificate } from "./pem.ts";

const TIMEOUTS = { webhook: "15s", ntfy: "15s", slack: "15s", command: "30s", email: "60s" } as const;
const PORTS = { starttls: 587, tls: 465, none: 25 } as const;
/** Bytes: fewer can be guessed. */
const LEAST_SECRET = 16;

type Of<Type> = ChannelSettings & { type: Type };

/** The channel; undefined where something of it is wrong and reported, or not there in CI. */
export function buildChannel(
  name: string,
  settings: ChannelSettings,
  path: Path,
  build: NotifyBuild,
): ChannelSpec | undefined {
  const base = { name, timeoutMs: parseDuration(settings.timeout ?? TIMEOUTS[settings.type])! };
  switch (settings.type) {
    case "command": {
      const env = environmentOf(settings, path, build);
      return { ...base, type: "command", argv: settings.argv as [string, ...string[]], env };
    }
    case "email": {
      const mail = buildMail(settings, path, build);
      return mail === undefined ? undefined : { ...base, type: "email", ...mail };
    }
    case "webhook": {
      const headers = checkHeaders(settings, path, build.secrets, build.report);
      const secret = buildSecret(settings, path, build);
      const place = buildAddress(settings, path, build);
      return place === undefined || secret === undefined
        ? undefined
        : { ...base, type: "webhook", ...place, headers, secret };
    }
    case "ntfy": {
      const token = secretOf(settings, "token", path, build) ?? null;
      const place = buildAddress(settings, path, build);
      return place === undefined
        ? undefined
        : { ...base, type: "ntfy", ...place, token: token?.text ?? null };
    }
    case "slack": {
      const place = buildAddress(settings, path, build);
      return place === undefined ? undefined : { ...base, type: "slack", ...place };
    }
  }
}

/** The text of a key or of its `_file` twin, and which of the two gave it; undefined for neither. */
function secretOf<Key extends string>(
  settings: { [K in Key | `${Key}_file`]?: string },
  key: Key,
  path: Path,
  { report, secrets }: NotifyBuild,
): { text: string; where: Path } | undefined {
  const fileKey = `${key}_file` as const;
  if (settings[key] !== undefined && settings[fileKey] !== undefined) {
    report.add([...path, fileKey], { message: `stands beside ${key}: expected one of them` });
    return undefined;
  }
  const where = [...path, settings[key] === undefined ? fileKey : key];
  const text = settings[key] ?? secrets.textAt(where);
  return text === undefined ? undefined : { text, where };
}

function buildAddress(
  settings: Of<"webhook" | "ntfy" | "slack">,
  path: Path,
  build: NotifyBuild,
): { url: string; ca?: string } | undefined {
  const { report } = build;
  if (settings.url === undefined && settings.url_file === undefined) {
    report.add(path, { message: "has no url: expected url, or url_file" });
    return undefined;
  }
  const ca = buildCa(settings.ca_file, path, build);
  const written = secretOf(settings, "url", path, build);
  if (written === undefined) return undefined;
  const text = written.text.trim();
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const trouble = url === undefined || !/^https?:$/.test(url.protocol)
    ? "is not an http address: expected https://host/path"
    : url.username !== "" || url.password !== ""
    ? "carries a user or password: expected them in a header or token"
    : url.hash !== ""
    ? "has a fragment, which is never sent: expected none"
    : settings.type === "ntfy" && !/^\/.*[^/]/.test(url.pathname)
    ? "names no topic: expected https://host/TOPIC"
    : settings.ca_file !== undefined && url.protocol !== "https:"
    ? "is not https, with which alone ca_file goes: expected https://host/path"
    : undefined;
  if (trouble === undefined) return { url: text, ...ca };
  report.add(written.where, { message: `the address ${trouble}` });
  return undefined;
}

function buildCa(written: string | undefined, path: Path, build: NotifyBuild): { ca?: string } {
  if (written === undefined) return {};
  const at = [...path, "ca_file"];
  const ca = build.secrets.textAt(at);
  if (ca === undefined || !judgeCertificate(ca, written, at, build.report)) return {};
  const trouble = build.tlsTrouble?.({ ca });
  if (trouble !== undefined) build.report.add(at, { message: `'${written}' ${trouble.why}` });
  return { ca };
}

/** Null: there is none; undefined: it is wrong, or not there in CI. */
function buildSecret(settings: Of<"webhook">, path: Path, build: NotifyBuild): string | null | undefined {
  if (settings.secret === undefined && settings.secret_file === undefined) return null;
  const secret = secretOf(settings, "secret", path, build);
  if (secret === undefined) return undefined;
  const coded = secret.text.replace(/^whsec_/, "");
  const isCoded = /^[A-Za-z0-9+/]+={0,2}$/.test(coded) && coded.length % 4 === 0;
  if (isCoded && coded.replace(/=+$/, "").length * 3 / 4 >= LEAST_SECRET) return secret.text;
  build.report.add(secret.where, {
    message: isCoded
      ? `the secret can be guessed: expected at least ${LEAST_SECRET} bytes`
      : "the secret is not base64: expected whsec_ and base64 behind it",
    hint: "printf 'whsec_%s\\n' \"$(openssl rand -base64 32)\"",
  });
  return undefined;
}

const ADDRESS = /^[^\s@<>,;"]+@[^\s@<>,;"]+$/;

function buildMail(
  settings: Of<"email">,
  path: Path,
  build: NotifyBuild,
): Pick<EmailChannel, "server" | "from" | "to"> | undefined {
  const { report } = build;
  const { host, from, to, security = "starttls", user = null } = settings;
  if (!/^[A-Za-z0-9._:-]+$/.test(host)) {
    report.add([...path, "host"], {
      message: `${
        report.shown([...path, "host"], host)
      } is no name of a host: expected one such as mail.example.org`,
    });
  }
  const addresses: [Path, string][] = [
    [[...path, "from"], from],
    ...to.map((address, index): [Path, string] => [[...path, "to", index], address]),
  ];
  for (const [at, address] of addresses) {
    if (ADDRESS.test(address)) continue;
    report.add(at, {
      message: `${report.shown(at, address)} is no address of mail: expected one such as me@example.org`,
    });
  }
  const password = secretOf(settings, "password", path, build);
  const isNamed = settings.password !== undefined || settings.password_file !== undefined;
  if (isNamed !== (user !== null)) {
    report.add(path, {
      message: isNamed
        ? "has a password and no user: expected both"
        : "has a user and no password: expected both",
    });
  }
  if (security === "none" && isNamed) {
    report.add([...path, "security"], {
      message: "sends the password in the clear: expected starttls or tls where there is a user",
    });
  }
  if (isNamed && password === undefined) return undefined;
  const server: MailServer = {
    host,
    port: settings.port ?? PORTS[security],
    security,
    user,
    password: password?.text ?? null,
    ...buildCa(settings.ca_file, path, build),
  };
  return { server, from, to };
}
