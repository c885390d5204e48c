// Reads what backy2 2.9 says: its versions in columns, its progress, and why it gave up.

import { z } from "zod";

const flagSchema = z.enum(["0", "1"]).transform((text) => text === "1");
const versionSchema = z.object({
  type: z.literal("version"),
  snapshot_name: z.string(),
  size_bytes: z.string().regex(/^\d{1,15}$/).transform(Number),
  uid: z.string().regex(/^[0-9a-fA-F-]{8,64}$/),
  valid: flagSchema,
  protected: flagSchema,
  tags: z.string().transform((text) => text.split(",").filter((tag) => tag !== "")),
});

/** One version of backy2. */
export interface Version {
  uid: string;
  snapshotName: string;
  bytes: number;
  /** False while it is made, when it was cut off, and when a scrub or a restore found it damaged. */
  valid: boolean;
  protected: boolean;
  tags: string[];
}

/**
 * Reads `backy2 -m ls`: a line that names the columns, then one a version. A line with other columns than the first
 * belongs to a version whose name has a bar, which ours never have. Throws when it is something else.
 */
export function readVersions(text: string): Version[] {
  const [first = "", ...lines] = text.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  const columns = first.split("|");
  for (const needed of Object.keys(versionSchema.shape)) {
    if (!columns.includes(needed)) {
      throw new Error(`its list has no column '${needed}': '${first.slice(0, 80)}'`);
    }
  }
  return lines.flatMap((line) => {
    const cells = line.split("|");
    if (cells.length !== columns.length) return [];
    const row = versionSchema.safeParse(Object.fromEntries(columns.map((name, at) => [name, cells[at]])));
    if (!row.success) throw new Error(`a line of its list cannot be read: '${line.slice(0, 200)}'`);
    const { uid, snapshot_name: snapshotName, size_bytes: bytes, valid, tags } = row.data;
    return [{ uid, snapshotName, bytes, valid, protected: row.data.protected, tags }];
  });
}

/** `20 %, 1 of 5 blocks` out of a line on progress; undefined for any other. */
export function readProgress(line: string): string | undefined {
  const found = /(?:Backed up|Restored) (\d+)\/(\d+) blocks \(([\d.]+)%\)/.exec(line);
  return found === null ? undefined : `${Math.floor(Number(found[3]))} %, ${found[1]} of ${found[2]} blocks`;
}

const DAMAGES: [RegExp, (id: string) => string][] = [
  [/Checksum mismatch during \w+ for block (\d+)/, (id) => `block ${id} has other bytes than were backed up`],
  [/Blob not found: Block\(.*\bid=(\d+),/, (id) => `block ${id} is not there`],
  [/Blob has wrong size: (\S+)/, (uid) => `the block '${uid}' is cut off`],
  // A restore has no words for these.
  [/'NoneType' has no len\(\)/, () => "a block is not there, which 'backy2 scrub' names"],
  [/AssertionError/, () => "a block is cut off, which 'backy2 scrub' names"],
];
const MOST_BLOCKS = 5;

/** What a scrub or a restore found damaged, whatever its exit code; undefined where that is nothing. */
export function readDamage(output: string): string | undefined {
  const found = new Set<string>();
  for (const line of output.split("\n")) {
    for (const [pattern, words] of DAMAGES) {
      const match = pattern.exec(line);
      if (match !== null) found.add(words(match[1] ?? ""));
    }
  }
  if (found.size === 0) return undefined;
  const more = found.size > MOST_BLOCKS ? ` and ${found.size - MOST_BLOCKS} more` : "";
  return `${[...found].slice(0, MOST_BLOCKS).join(", ")}${more}`;
}

type Backy2Trouble = "no_database" | "too_young" | "protected" | "locked" | "absent" | "other";

/** Which trouble its words mean; its exit code is 100 for nearly all of them. */
export function backy2TroubleOf(output: string): Backy2Trouble {
  if (/Please run initdb first/.test(output)) return "no_database";
  if (/Version \S+ is too young/.test(output)) return "too_young";
  if (/Version \S+ is protected/.test(output)) return "protected";
  if (/Version \S+ is locked|Another backy|Other backy instances/.test(output)) return "locked";
  if (/Version \S+ not found/.test(output)) return "absent";
  return "other";
}

/** The line that says best what went wrong: the last error that is no stack trace. */
export function backy2LastWords(output: string): string {
  const errors = output.split("\n").map((line) => /^\s*ERROR: (.+)$/.exec(line)?.[1]?.trim() ?? "")
    .filter((line) => line !== "" && line !== "Unexpected exception");
  const plain = output.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  return errors.at(-1) ?? plain.at(-1) ?? "it gave no reason";
}
