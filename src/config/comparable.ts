// What two effective values are compared by: what they say, not how it was written.

import { parse } from "yaml";
import { stableText } from "../domain/stable_text.ts";

/** Lists of which the order says nothing, by the last part of their path. Their items are told by what they say. */
const UNORDERED: ReadonlySet<string> = new Set(["tokens", "users", "formerly", "expect"]);

/** Of the value of an effective setting, as `config show` prints it; the text itself where that is one plain value. */
export function comparable(path: string, value: string): string {
  if (!/^[[{]/.test(value)) return value;
  let read: unknown;
  try {
    read = parse(value);
  } catch {
    // Of another version, whose words this one cannot read.
    return value;
  }
  if (!Array.isArray(read)) return stableText(read) ?? value;
  const items = read.map((item) => stableText(item) ?? "");
  if (UNORDERED.has(path.slice(path.lastIndexOf(".") + 1))) items.sort();
  return `[${items.join(",")}]`;
}
