// A text of a JSON value that does not depend on the order in which its keys were written.

/** The same for values that say the same; lists keep their order. Undefined where JSON has no text. */
export function stableText(value: unknown): string | undefined {
  return JSON.stringify(value, (_key, inner) => {
    if (inner === null || typeof inner !== "object" || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => a < b ? -1 : 1));
  });
}
