// Why a channel takes nothing, in words that people know it by, with what to do: what runtimes say of it is for their authors.

/** How the keys of a channel are called that say where it is. */
interface ChannelKeys {
  /** `'url'`. */
  where: string;
  /** What to change where the other side speaks no TLS. */
  plain: string;
}

export const HTTP_KEYS: ChannelKeys = {
  where: "'url'",
  plain: "write http:// for https://, or name its TLS port",
};
export const MAIL_KEYS: ChannelKeys = {
  where: "'host' and 'port'",
  plain: "set 'security' to starttls or none, or name its TLS port",
};

/** The first that fits counts. */
const CAUSES: readonly (readonly [words: RegExp, cause: string, remedy: (keys: ChannelKeys) => string])[] = [
  [
    /EAUTH|invalid login|authentication (?:failed|unsuccessful)|\b53[045]\b/i,
    "it does not let us in",
    () => "correct 'user' and 'password_file'",
  ],
  [
    /STARTTLS/i,
    "it offers no STARTTLS",
    () => "set 'security' to tls, or to none on a network that you trust",
  ],
  [
    /InvalidContentType|corrupt message|wrong version number|not? TLS/i,
    "what answers there speaks no TLS",
    ({ plain }) => plain,
  ],
  [
    /NotValidForName|not valid for (?:any )?name|altnames|does not match certificate/i,
    "its certificate is of another name",
    ({ where }) => `write the name that its certificate has in ${where}`,
  ],
  [
    /cert\w*expired|\bExpired\b|NotValidYet|certificate (?:has expired|is not yet valid)/i,
    "its certificate has expired",
    () => "renew it there",
  ],
  [
    /UnknownIssuer|CaUsedAsEndEntity|self[- ]signed|unable to (?:verify|get)|local issuer|invalid peer certificate/i,
    "its certificate is not trusted",
    () => "name the file of who signed it in 'ca_file'",
  ],
  [
    /connection refused|ECONNREFUSED/i,
    "connection refused",
    ({ where }) =>
      `see that its server runs, and that ${where} lead${where.includes(" and ") ? "" : "s"} to it`,
  ],
  [
    /dns error|failed to lookup|ENOTFOUND|EAI_AGAIN|EDNS|name or service not known|getaddrinfo/i,
    "the host name is not known",
    ({ where }) => `correct ${where}, or fix the network`,
  ],
  [/unreachable|no route to host|EHOSTUNREACH|ENETUNREACH/i, "no way to the host", () => "fix the network"],
  [
    /timed? ?out|ETIMEDOUT|ESOCKET.*time/i,
    "no answer",
    ({ where }) =>
      `see whether a firewall is between, and that ${where} lead${where.includes(" and ") ? "" : "s"} to it`,
  ],
  [
    /reset|broken pipe|ECONNRESET|EPIPE|closed|unexpected eof|before message completed/i,
    "the connection broke",
    () => "see its log",
  ],
];

/** Of what the runtime or the mailer said; `shown` is that without what nobody may see. */
export function unreachable(shown: string, keys: ChannelKeys): string {
  const known = CAUSES.find(([words]) => words.test(shown));
  if (known === undefined) return `it cannot be reached: ${shown}`;
  const [, cause, remedy] = known;
  return `${cause}: it cannot be reached: ${remedy(keys)}`;
}

/** What an answer means that is no success. */
export function refusal(status: number): string {
  const answered = `it answers ${status}`;
  if (status >= 300 && status < 400) {
    return `${answered}, a redirect, which is not followed: name the address it leads to`;
  }
  if (status === 401 || status === 403) {
    return `${answered}, and does not let us in: correct its token, headers or 'url'`;
  }
  if (status === 404 || status === 405 || status === 410) {
    return `${answered}, nothing takes messages there: correct 'url'`;
  }
  if (status === 413) return `${answered}, the message is too large for it`;
  if (status === 429) return `${answered}, it is sent too many`;
  return status >= 500 ? `${answered}, trouble of its own: see its log` : answered;
}
