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
  const line = words.split("\n")[0]!.trim().replace(LONG_ID, (id) => id.slice(0, 8));
  return line.length > SHORT ? cut(thePoint(line)) : line;
}

const LONG_ID = /\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\b[0-9a-f]{24,}\b/g;

/** Programs name what they were about before what went wrong: those clauses go, as long as words are left. */
function thePoint(line: string): string {
  let rest = line;
  while (rest.length > SHORT) {
    const at = rest.search(/[:;] /);
    if (at < 0 || rest.length - at < FEW_LETTERS) return rest;
    rest = rest.slice(at + 2).trimStart();
  }
  return rest;
}

const FEW_LETTERS = 12;

/** Ends with a whole word. */
function cut(line: string): string {
  if (line.length <= SHORT) return line;
  const space = line.lastIndexOf(" ", SHORT - 1);
  return `${line.slice(0, space > SHORT / 2 ? space : SHORT - 1).trimEnd()}…`;
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
