// The table in the guide for authors of which provider keeps which check; the examinations hold it true.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const GUIDE = fileURLToPath(new URL("../../docs/providers.md", import.meta.url));

/** What a cell of the table says. */
const WORDS: Readonly<Record<string, "pass" | "skipped">> = { yes: "pass", "–": "skipped" };

/** How each check ends with the provider of this column of the guide. */
export async function outcomesOf(column: string): Promise<Record<string, "pass" | "skipped">> {
  const rows = (await readFile(GUIDE, "utf8")).split("\n").filter((line) => line.startsWith("|"))
    .map((line) => line.slice(1, -1).split(/(?<!\\)\|/).map((cell) => cell.trim()));
  const head = rows.findIndex((cells) => cells[0] === "check" && cells.includes(column));
  assert.ok(head >= 0, `docs/providers.md has a table of checks with the column '${column}'`);
  const at = rows[head]!.indexOf(column);
  const body = rows.slice(head + 2);
  const end = body.findIndex((cells) => !cells[0]!.startsWith("`"));
  return Object.fromEntries(
    (end < 0 ? body : body.slice(0, end)).map((cells) => [cells[0]!.replaceAll("`", ""), WORDS[cells[at]!]!]),
  );
}

/** Fails where an examination ended otherwise than the column says; what was left out counts as skipped. */
export async function keepsAs(
  column: string,
  checks: readonly { name: string; status: string }[],
): Promise<void> {
  const expected = await outcomesOf(column);
  const outcomes = Object.fromEntries(Object.keys(expected).map((name) => [name, "skipped"]));
  for (const { name, status } of checks) outcomes[name] = status;
  assert.deepEqual(outcomes, expected, `the column '${column}' of docs/providers.md`);
}
