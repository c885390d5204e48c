// A provider's words in short, and what a person does about them.

interface KnownCause {
  words: RegExp;
  short: string;
  /** Begins a sentence. */
  advice: string;
}

/** The first that fits counts. */
const KNOWN: readonly KnownCause[] = [
  {
    words: /connection refused|ECONNREFUSED/i,
    short: "connection refused",
    advice: "Start what listens there",
  },
  {
    words: /no space left|ENOSPC|disk (is )?full|quota exceeded/i,
    short: "no space left",
    advice: "Make room",
  },
  {
    words:
      /could not resolve|name resolution|no such host|ENOTFOUND|dns error|name or service not known|host name is not known/i,
    short: "host not found",
    advice: "Correct the host's name, or mend the network",
  },
  {
    words: /network is unreachable|no route to host|EHOSTUNREACH|ENETUNREACH/i,
    short: "no way to the host",
    advice: "Mend the network",
  },
  { words: /certificate|x509/i, short: "certificate", advice: "Renew or trust its certificate" },
  {
    words: /wrong password|unauthorized|forbidden|authentication|\b40[13]\b/i,
    short: "not let in",
    advice: "Correct its password or key",
  },
  {
    words: /permission denied|EACCES|EPERM|not permitted/i,
    short: "permission denied",
    advice: "Give it the right to that",
  },
  { words: /\block(ed)?\b/i, short: "locked", advice: "See who holds the lock" },
  {
    words: /timed? ?out|ETIMEDOUT|took longer/i,
    short: "timed out",
    advice: "See why that takes so long",
  },
  {
    words: /no such file|not found|ENOENT|does not exist/i,
    short: "not found",
    advice: "Put that back, or correct its name",
  },
];

/** Programs whose ports people know by their names. */
const PROGRAMS: Record<string, string> = {
  "3306": "MySQL",
  "5432": "PostgreSQL",
  "6379": "Redis",
  "27017": "MongoDB",
};
const PORT = /:(\d{2,5})\b/;
/** Longer words are cut. */
const SHORT = 60;

/** At most a few words. */
export function shortCause(words: string): string {
  const known = KNOWN.find((cause) => cause.words.test(words));
  if (known !== undefined) return known.short;
  const line = words.split("\n")[0]!.trim();
  return line.length > SHORT ? `${line.slice(0, SHORT - 1).trimEnd()}…` : line;
}

/** The same within a sentence; undefined where nobody can say more than that it has to be mended. */
export function knownAdvice(words: string): string | undefined {
  if (!KNOWN.some((cause) => cause.words.test(words))) return undefined;
  const advice = adviceOn(words);
  return advice.charAt(0).toLowerCase() + advice.slice(1);
}

/** What to do first, as the beginning of a sentence. */
export function adviceOn(words: string): string {
  const known = KNOWN.find((cause) => cause.words.test(words));
  if (known === undefined) return "Mend that";
  const program = PROGRAMS[PORT.exec(words)?.[1] ?? ""];
  return known === KNOWN[0] && program !== undefined ? `Start ${program}` : known.advice;
}
