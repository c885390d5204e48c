// What changed between two sets of settings, key by key.

/** One setting's value in the words of the document. */
export interface Setting {
  /** As people may see it: secrets read `<redacted>`. */
  shown: string;
  /** With secrets as they are, to compare by; absent where they are not known. */
  exact?: string;
  /** Whether two such texts say the same, however they were written; absent where a text says only itself. */
  isSame?(a: string, b: string): boolean;
  /** Nobody wrote it: what is added or goes with the thing it belongs to needs no word. */
  isDefault?: boolean;
  /** Says that what stands at `to` and below stood at one of `from` before. */
  renames?: { to: string; from: readonly string[] };
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
 * `<redacted>` on both sides; it cannot be seen where one side does not know it. What is renamed is one change, from its old
 * name to its new one, and whatever else is different about it.
 */
export function diffSettings(before: Settings, after: Settings): SettingChange[] {
  const renamed = renamesBetween(before, after);
  const heads = new Set(renamed.values());
  const changes = [...renamed].map(([from, to]): SettingChange => ({
    key: to,
    old: nameIn(from),
    new: nameIn(to),
  }));
  const former = new Map([...before].map(([key, value]) => [movedBy(renamed, key), value]));
  for (const [key, value] of after) {
    const old = former.get(key);
    if (old !== undefined) {
      if (differs(old, value)) changes.push({ key, old: old.shown, new: value.shown });
    } // What says that something is renamed is told by the rename.
    else if (!value.isDefault && !heads.has(value.renames?.to ?? "")) {
      changes.push({ key, old: null, new: value.shown });
    }
  }
  for (const [key, old] of former) {
    if (!after.has(key) && !old.isDefault) changes.push({ key, old: old.shown, new: null });
  }
  return changes;
}

/** Of what is renamed, nothing may be left under the old name, and nothing was under the new one. By old name. */
function renamesBetween(before: Settings, after: Settings): Map<string, string> {
  const renamed = new Map<string, string>();
  const settings = [...after.values()].filter(({ renames }) => renames !== undefined);
  if (settings.length === 0) return renamed;
  const [were, are] = [thingsOf(before), thingsOf(after)];
  for (const { renames } of settings) {
    const { from, to } = renames!;
    const old = were.has(to) ? undefined : from.find((one) => were.has(one) && !are.has(one));
    if (old !== undefined && !renamed.has(old)) renamed.set(old, to);
  }
  return renamed;
}

/** Every key, and all that keys stand below. */
function thingsOf(settings: Settings): Set<string> {
  return new Set([...settings.keys()].flatMap(thingsAbove));
}

/** Names may hold dots, so each may end a name. */
function thingsAbove(key: string): string[] {
  return [...key.matchAll(/\.|$/g)].map(({ index }) => key.slice(0, index));
}

function movedBy(renamed: ReadonlyMap<string, string>, key: string): string {
  if (renamed.size === 0) return key;
  const from = thingsAbove(key).find((thing) => renamed.has(thing));
  return from === undefined ? key : renamed.get(from)! + key.slice(from.length);
}

/** `nas` of `providers.nas`, `web-1` of `providers.fleet.hosts[web-1]`. */
function nameIn(key: string): string {
  return /\[(.*)\]$/.exec(key)?.[1] ?? key.slice(key.indexOf(".") + 1);
}

function differs(a: Setting, b: Setting): boolean {
  const isExact = a.exact !== undefined && b.exact !== undefined;
  const [left, right] = isExact ? [a.exact!, b.exact!] : [a.shown, b.shown];
  if (left === right) return false;
  return a.isSame === undefined || !a.isSame(left, right);
}
