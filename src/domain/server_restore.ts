// A restore that the server makes for a caller: what was asked for, and how far it is. Its record is the audit trail.

/** One restore; the provider calls it its operation. Times are UTC ms. */
export interface ServerRestore {
  operationId: string;
  job: string;
  /** Of the backup. */
  runId: string;
  providerKey: string;
  /** The provider's id of the backup. */
  id: string;
  target: string;
  /** Paths inside the backup; empty: all of it. */
  include: string[];
  dryRun: boolean;
  overwrite: boolean;
  anyOwner: boolean;
  /** What was known against the backup as it was asked for; null: nothing. */
  warning: string | null;
  /** Who asked for it. */
  askedBy: string;
  /** `failed`, too, where it is all there but owners could not be restored: the message says so. */
  state: "running" | "done" | "failed";
  message: string;
  files: number | null;
  bytes: number | null;
  startedAt: number;
  endedAt: number | null;
}

/** What a caller asks for. */
export interface RestoreWish
  extends Pick<ServerRestore, "target" | "include" | "dryRun" | "overwrite" | "anyOwner"> {
  /** Asked again with the same one nothing more is begun. */
  callerKey?: string;
}

/** True where both ask for the same. */
export function isSameWish(wish: RestoreWish, known: ServerRestore): boolean {
  return wish.target === known.target && wish.dryRun === known.dryRun &&
    wish.overwrite === known.overwrite && wish.anyOwner === known.anyOwner &&
    wish.include.length === known.include.length &&
    wish.include.every((path, at) => path === known.include[at]);
}

/** A folder of one machine that a restore fills. */
export interface RestorePlace {
  /** Alike for folders of the same machine. */
  machine: string;
  path: string;
}

/** Whether one lies in the other: what both fill would be mixed. */
export function isNested(one: RestorePlace, other: RestorePlace): boolean {
  const below = (path: string, of: string) => path === of || path.startsWith(of === "/" ? of : `${of}/`);
  return one.machine === other.machine && (below(one.path, other.path) || below(other.path, one.path));
}

/**
 * Why a folder of another machine surely lies in none of `roots`; undefined where it seems to. Links on the way are for
 * its provider to follow.
 */
export function outsideRoots(target: string, roots: readonly string[]): string | undefined {
  const names = target.split("/");
  if (!target.startsWith("/")) return "expected an absolute path, such as /srv/restored";
  if (target.includes("\0") || names.includes("..")) return "expected a path without '..'";
  const path = `/${names.filter((name) => name !== "" && name !== ".").join("/")}`;
  if (roots.some((root) => path.startsWith(`${root}/`) || path === root)) return undefined;
  return `restore.roots in the configuration allows ${roots.map((root) => `'${root}'`).join(", ")} alone`;
}
