// How the mock provider behaves: its settings, read from flags and from PUT /mock by the same names and in the same words.

import { z } from "zod";
import { formatDuration, parseDuration } from "../../domain/duration.ts";

/** What a mock provider can do beyond the base; each can be taken from it. */
const MOCK_EXTENSIONS = [
  ...["idempotency", "list", "lookup", "fence", "run_id", "gone", "verify", "restore", "browse"] as const,
];
export type MockExtension = typeof MOCK_EXTENSIONS[number];

/** From `least` to `most`, both inclusive; drawn anew each time. */
export interface Range {
  least: number;
  most: number;
}

/** Settings ready for use. */
export interface MockSettings {
  /** How long a backup takes, in ms. */
  duration: Range;
  /** How long each answer is held back, in ms. */
  answer_delay: Range;
  size_mb: Range;
  /** Share of the backups that fail at their end. */
  fail_rate: number;
  /** Share that never end by themselves. */
  stuck_rate: number;
  /** Share of the available ones that vanish without a DELETE … */
  forget_rate: number;
  /** … so many ms after they became available. */
  forget_after: number;
  /** Share of the available ones that are damaged: no verification passes, and no restore comes to its end. */
  damaged_rate: number;
  /** How long a verification takes, in ms. */
  verify_duration: Range;
  /** Share of the verifications that never end by themselves. */
  verify_hang_rate: number;
  /** Share of them that find nothing out. */
  inconclusive_rate: number;
  /** How long a restore of all of a backup takes, in ms. */
  restore_duration: Range;
  /** Share of the restores that break off half way. */
  restore_fail_rate: number;
  /** Share of them that never end by themselves. */
  restore_hang_rate: number;
  /** For so many ms after it became available a backup is locked: a DELETE is refused. 0: never. */
  lock_for: number;
  /** Share of the answers to POST and DELETE that break off, though what was asked is done. */
  lost_rate: number;
  /** Share of them that never come, though what was asked is done. */
  hang_rate: number;
  /** Share of all calls that are answered 503, with nothing done. */
  error_rate: number;
  max_concurrent: number;
  extensions: ReadonlySet<MockExtension>;
  /** Ids with characters that a URL must encode. */
  odd_ids: boolean;
  /** Decides all that is drawn; setting it begins the draw anew. */
  seed: number;
}

/** A setting as a flag gives it, or as JSON has it. */
type MockValue = string | number | boolean;

/** What each setting means, for help and documents; in the order in which they are shown. */
export const MOCK_SETTINGS: Readonly<
  Record<keyof MockSettings, { form: string; text: string; default: string }>
> = {
  duration: { form: "time", text: "how long a backup takes, e.g. 2s or 1s..10s", default: "2s" },
  answer_delay: { form: "time", text: "how long each answer is held back", default: "0s" },
  size_mb: { form: "size", text: "size told of each backup in MB, e.g. 10 or 5..20", default: "10..20" },
  fail_rate: { form: "share", text: "share of the backups that fail, 0 to 1", default: "0" },
  stuck_rate: { form: "share", text: "share of the backups that never end by themselves", default: "0" },
  forget_rate: { form: "share", text: "share of the available backups that vanish", default: "0" },
  forget_after: { form: "time", text: "how long after they became available", default: "0s" },
  damaged_rate: { form: "share", text: "share of the available backups that are damaged", default: "0" },
  verify_duration: { form: "time", text: "how long a verification takes", default: "1s" },
  verify_hang_rate: { form: "share", text: "share of the verifications that never end", default: "0" },
  inconclusive_rate: { form: "share", text: "share of them that find nothing out", default: "0" },
  restore_duration: { form: "time", text: "how long a restore takes", default: "1s" },
  restore_fail_rate: { form: "share", text: "share of the restores that break off half way", default: "0" },
  restore_hang_rate: { form: "share", text: "share of them that never end", default: "0" },
  lock_for: {
    form: "time",
    text: "how long after it became available a DELETE of it is answered 423",
    default: "0s",
  },
  lost_rate: {
    form: "share",
    text: "share of the answers to POST and DELETE that break off: done, but not heard",
    default: "0",
  },
  hang_rate: { form: "share", text: "share of them that never come: done, but not heard", default: "0" },
  error_rate: { form: "share", text: "share of all calls answered 503, with nothing done", default: "0" },
  max_concurrent: { form: "n", text: "backups at a time; a further start is answered 409", default: "1" },
  extensions: {
    form: "words",
    text: `all, none, or some of ${MOCK_EXTENSIONS.join(",")}`,
    default: "all",
  },
  odd_ids: { form: "bool", text: "true: ids with characters that a URL must encode", default: "false" },
  seed: { form: "n", text: "decides all that is drawn", default: "1" },
};

const text = z.union([z.string(), z.number(), z.boolean()]).transform((value) => String(value).trim());

/** A text that `read` understands, or an issue that says what was expected. */
function form<T>(expected: string, read: (text: string) => T | undefined) {
  return text.transform((written, context) => {
    const value = read(written);
    if (value !== undefined) return value;
    context.addIssue({ code: "custom", message: `'${written.slice(0, 60)}' is not ${expected}` });
    return z.NEVER;
  });
}

function range(expected: string, readOne: (text: string) => number | undefined) {
  return form(`${expected}, or two of them as least..most`, (written): Range | undefined => {
    const [first, last, ...others] = written.split("..");
    const [least, most] = [readOne(first!), readOne(last ?? first!)];
    if (least === undefined || most === undefined || others.length > 0 || least > most) return undefined;
    return { least, most };
  });
}

const readNumber = (written: string) => /^\d{1,12}(\.\d{1,6})?$/.test(written) ? Number(written) : undefined;
const readTime = (written: string) => parseDuration(written) ?? undefined;
const times = range("a length of time such as 2s or 5m", readTime);
const share = form("a share from 0 to 1", (written) => {
  const value = readNumber(written);
  return value !== undefined && value <= 1 ? value : undefined;
});
const count = (least: number, most: number) =>
  form(`a whole number from ${least} to ${most}`, (written) => {
    const value = Number(written);
    return /^\d{1,10}$/.test(written) && value >= least && value <= most ? value : undefined;
  });
const words = form(`all, none, or some of ${MOCK_EXTENSIONS.join(",")}`, (written) => {
  if (written === "all") return new Set<MockExtension>(MOCK_EXTENSIONS);
  if (written === "none" || written === "") return new Set<MockExtension>();
  const given = written.split(",").map((word) => word.trim());
  const known = MOCK_EXTENSIONS.filter((word) => given.includes(word));
  return known.length === new Set(given).size ? new Set(known) : undefined;
});

const changes = z.strictObject({
  duration: times.optional(),
  answer_delay: times.optional(),
  size_mb: range("a number of megabytes", readNumber).optional(),
  fail_rate: share.optional(),
  stuck_rate: share.optional(),
  forget_rate: share.optional(),
  forget_after: form("a length of time such as 2s or 5m", readTime).optional(),
  damaged_rate: share.optional(),
  verify_duration: times.optional(),
  verify_hang_rate: share.optional(),
  inconclusive_rate: share.optional(),
  restore_duration: times.optional(),
  restore_fail_rate: share.optional(),
  restore_hang_rate: share.optional(),
  lock_for: form("a length of time such as 2s or 5m", readTime).optional(),
  lost_rate: share.optional(),
  hang_rate: share.optional(),
  error_rate: share.optional(),
  max_concurrent: count(1, 1000).optional(),
  extensions: words.optional(),
  odd_ids: form("true or false", (written) => ({ true: true, false: false })[written]).optional(),
  seed: count(0, 4_294_967_295).optional(),
});

/** The settings after `wanted`, or every reason why it cannot be taken: then nothing of it is. */
export function changeMockSettings(
  now: MockSettings,
  wanted: unknown,
): { ok: true; settings: MockSettings } | { ok: false; problem: string } {
  const parsed = changes.safeParse(wanted);
  if (parsed.success) {
    const given = Object.entries(parsed.data).filter(([, value]) => value !== undefined);
    return { ok: true, settings: { ...now, ...Object.fromEntries(given) } };
  }
  const names = Object.keys(MOCK_SETTINGS).join(", ");
  const problems = parsed.error.issues.map((issue) => {
    if (issue.code === "unrecognized_keys") {
      return `${issue.keys.map((key) => `'${key}'`).join(", ")}: no such setting: expected some of ${names}`;
    }
    return issue.path.length === 0
      ? `expected a JSON object of ${names}`
      : `${String(issue.path[0])}: ${issue.message}`;
  });
  return { ok: false, problem: problems.join("; ") };
}

/** The settings before anybody changed one. */
export function defaultMockSettings(): MockSettings {
  const defaults = Object.fromEntries(
    Object.entries(MOCK_SETTINGS).map(([name, setting]) => [name, setting.default]),
  );
  return changes.parse(defaults) as MockSettings;
}

/** The settings in the words that `changeMockSettings` reads. */
export function showMockSettings(settings: MockSettings): Record<keyof MockSettings, MockValue> {
  const span = ({ least, most }: Range, show: (value: number) => string) =>
    least === most ? show(least) : `${show(least)}..${show(most)}`;
  return {
    ...settings,
    duration: span(settings.duration, formatDuration),
    answer_delay: span(settings.answer_delay, formatDuration),
    size_mb: span(settings.size_mb, String),
    forget_after: formatDuration(settings.forget_after),
    verify_duration: span(settings.verify_duration, formatDuration),
    restore_duration: span(settings.restore_duration, formatDuration),
    lock_for: formatDuration(settings.lock_for),
    extensions: settings.extensions.size === MOCK_EXTENSIONS.length
      ? "all"
      : [...settings.extensions].join(",") || "none",
  };
}
