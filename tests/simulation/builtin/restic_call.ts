// One call of the model of restic: its words read, and how it fails.

export interface Call {
  command: string;
  /** By name, without dashes. */
  flags: Map<string, string[]>;
  rest: string[];
}

/** Ends the program with code 1 and these lines. */
export class Fatal extends Error {
  constructor(readonly lines: string[]) {
    super(lines[0]);
  }
}

/** Flags whose value may follow as a word of its own. */
const VALUED = new Set(["tag", "add", "remove", "set", "host", "exclude", "target", "pack", "snapshot"]);

/** Reads the words of a command. */
export function parse(argv: readonly string[]): Call {
  const flags = new Map<string, string[]>();
  const words: string[] = [];
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at]!;
    if (word === "--") {
      words.push(...argv.slice(at + 1));
      break;
    }
    if (!word.startsWith("--")) {
      words.push(word);
      continue;
    }
    const [name, ...value] = word.slice(2).split("=");
    const text = value.length > 0 ? value.join("=") : VALUED.has(name!) ? argv[++at]! : "";
    flags.set(name!, [...flags.get(name!) ?? [], text]);
  }
  return { command: words[0] ?? "", flags, rest: words.slice(1) };
}
