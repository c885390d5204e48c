// Writes what was read as a configuration: the notes first, then the jobs, as a person would write them.

import { stringify } from "yaml";
import type { Imported, Note } from "./imported.ts";

const WIDTH = 118;
const MERGED = "<<";

/** The YAML, with the line for editors and those of the server. */
export function importedText(
  { from, jobs, shared, providers, notify, notes }: Imported,
  { schema, server }: { schema: readonly string[]; server: readonly string[] },
): string {
  const parts = [
    ...schema,
    `# Made from a configuration of ${from}. Every key: \`schelly config schema\`, or docs/configuration.md.`,
    ...section("What did NOT carry over, and needs you:", notes.filter(({ kind }) => kind === "lost")),
    ...section("What is done in another way:", notes.filter(({ kind }) => kind === "changed")),
  ];
  if (shared !== undefined) {
    parts.push(`x-${shared.name}: &${shared.name}`, indented(yaml(shared.value)));
  }
  parts.push(...server);
  if (notify !== undefined) parts.push(yaml({ notify }).trimEnd());
  if (providers !== undefined) parts.push(yaml({ providers }).trimEnd());
  parts.push("jobs:");
  for (const { name, ...rest } of jobs) {
    parts.push(indented(yaml([{ name, ...rest }]).replace(/^( *)"?<<"?: "?\*([\w-]+)"?$/m, `$1<<: *$2`)));
  }
  return `${parts.join("\n")}\n`;
}

/** What stands where a mapping is merged into another: it becomes `<<: *name`. */
export function mergedFrom(name: string): Record<string, string> {
  return { [MERGED]: `*${name}` };
}

function section(title: string, notes: readonly Note[]): string[] {
  if (notes.length === 0) return [];
  return [`# ${title}`, ...notes.flatMap(({ about, message }) => wrapped(`${about}: ${message}`))];
}

/** Lines of a comment. */
function wrapped(text: string): string[] {
  const lines: string[] = [];
  let line = "#  -";
  for (const word of text.replaceAll(/\s+/g, " ").split(" ")) {
    if (line.length + 1 + word.length > WIDTH && line.length > 4) {
      lines.push(line);
      line = "#   ";
    }
    line += ` ${word}`;
  }
  return [...lines, line];
}

function yaml(value: unknown): string {
  return stringify(value, { lineWidth: 0, blockQuote: "literal", aliasDuplicateObjects: false });
}

function indented(text: string): string {
  return text.trimEnd().split("\n").map((line) => line === "" ? "" : `  ${line}`).join("\n");
}
