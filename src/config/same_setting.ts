// Whether two effective values say the same, however they are written.

import { parse } from "yaml";
import { hasSameItems, isSame } from "../domain/same.ts";

/** Lists of which the order says nothing, by the last part of their path. Their items are told by what they say. */
const UNORDERED: ReadonlySet<string> = new Set(["tokens", "users", "formerly", "expect"]);

/** Compares the values of one effective setting, as `config show` prints them. */
export function isSameSetting(path: string, a: string, b: string): boolean {
  const [left, right] = [read(a), read(b)];
  const isUnordered = UNORDERED.has(path.slice(path.lastIndexOf(".") + 1));
  if (!isUnordered || !Array.isArray(left) || !Array.isArray(right)) return isSame(left, right);
  return hasSameItems(left, right);
}

/** What a list or a record says; a plain value is its text. */
function read(value: string): unknown {
  if (!/^[[{]/.test(value)) return value;
  try {
    return parse(value);
  } catch {
    // Of another version, whose words this one cannot read.
    return value;
  }
}
