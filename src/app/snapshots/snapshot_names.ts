// How copies of the state are called, and which of them go: of one state the oldest, never what another one left.

const NAME = /^state-([0-9a-f]{8})-(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)-(\d\d)Z\.db$/;

/** The name of a copy: which state it is of, and when it was taken (UTC ms). Names of one state stand in order of time. */
export function snapshotName(at: number, storeId: string): string {
  const stamp = new Date(at).toISOString().slice(0, 19).replaceAll(":", "-");
  return `state-${storeId.slice(-8)}-${stamp}Z.db`;
}

/** When a file that is called so was taken (UTC ms); undefined for what is no copy, or one of another state. */
export function stampOf(name: string, storeId: string): number | undefined {
  const found = NAME.exec(name);
  if (found === null || found[1] !== storeId.slice(-8)) return undefined;
  const [, , day, hour, minute, second] = found;
  const at = Date.parse(`${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(at) ? undefined : at;
}

/** The newest copy of a folder, of any state, by its name; undefined for none. */
export function newestCopy(names: readonly string[]): string | undefined {
  const stamp = (name: string) => name.slice("state-01234567-".length);
  return names.filter((name) => NAME.test(name)).toSorted((a, b) => stamp(a) < stamp(b) ? -1 : 1).at(-1);
}

/**
 * Those of a folder that go once `newest` is there: all but the `keep` newest of this state up to it. What bears a later
 * time is of a clock that was wrong, or will be of use when the clock is right: it stays.
 */
export function toThin(
  names: readonly string[],
  { newest, keep, storeId }: { newest: string; keep: number; storeId: string },
): string[] {
  const ours = names.filter((name) => stampOf(name, storeId) !== undefined && name <= newest).toSorted();
  return ours.slice(0, Math.max(0, ours.length - keep));
}
