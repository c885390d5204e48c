// What changed between two sets of settings, key by key.

/** One setting's value in the words of the document. */
export interface Setting {
  /** As people may see it: secrets read `<redacted>`. */
  shown: string;
  /** With secrets as they are, to compare by; absent where they are not known. */
  exact?: string;
  /** Whether two such texts say the same, however they were written; absent where a text says only itself. */
  isSame?(a: string, b: string): boolean;
}

/** Values by dotted key, in the order of the document. */
export type Settings = ReadonlyMap<string, Setting>;

/** One key that differs; null: it is not there. */
export interface SettingChange {
  key: string;
  old: string | null;
  new: string | null;
}

/**
 * Every key that differs: those of `after` in their order, then those that are gone. A changed secret shows as
 * `<redacted>` on both sides; it cannot be seen where one side does not know it.
 */
export function diffSettings(before: Settings, after: Settings): SettingChange[] {
  const changes: SettingChange[] = [];
  for (const [key, value] of after) {
    const old = before.get(key);
    if (old === undefined || differs(old, value)) {
      changes.push({ key, old: old?.shown ?? null, new: value.shown });
    }
  }
  for (const [key, old] of before) {
    if (!after.has(key)) changes.push({ key, old: old.shown, new: null });
  }
  return changes;
}

function differs(a: Setting, b: Setting): boolean {
  const isExact = a.exact !== undefined && b.exact !== undefined;
  const [left, right] = isExact ? [a.exact!, b.exact!] : [a.shown, b.shown];
  if (left === right) return false;
  return a.isSame === undefined || !a.isSame(left, right);
}
