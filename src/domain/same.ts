// Whether two values say the same, told by their parts and not by a text of them.

/**
 * Lists say the same with the same items in the same order, plain records with the same values under the same keys, in
 * whatever order these were written; a key whose value is undefined is as good as none. Whatever else is no plain value
 * (a map, a date, a function) says only what it is itself.
 */
export function isSame(a: unknown, b: unknown): boolean {
  if (a === b || (Number.isNaN(a) && Number.isNaN(b))) return true;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, at) => isSame(item, b[at]));
  }
  if (!isRecord(a) || !isRecord(b)) return false;
  for (const key of Object.keys(a)) if (!isSame(a[key], own(b, key))) return false;
  for (const key of Object.keys(b)) if (b[key] !== undefined && !Object.hasOwn(a, key)) return false;
  return true;
}

/** The same items, each as often, in whatever order. */
export function hasSameItems(left: readonly unknown[], right: readonly unknown[]): boolean {
  if (left.length !== right.length) return false;
  const open = [...right];
  return left.every((item) => {
    const at = open.findIndex((other) => isSame(item, other));
    if (at >= 0) open.splice(at, 1);
    return at >= 0;
  });
}

function own(record: Record<string, unknown>, key: string): unknown {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  if (value === null || typeof value !== "object") return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
