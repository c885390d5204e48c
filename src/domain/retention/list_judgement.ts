// What may be concluded when a provider's list of its backups lacks some that are on record.

/** So few may be gone at once without it being suspicious in itself. */
const FEW_GONE = 3;

/** One look at a list. */
interface ListLook {
  /** How many backups the list names. */
  listed: number;
  /** How many of the job are on record as available. */
  available: number;
  /** How many of these the list lacks. */
  absent: number;
  /** As the guard's `max_percent`. */
  maxPercent: number;
}

/**
 * `some` may be taken for gone once the provider says so of each; `many` (also: a list without anything in it) rather
 * means that it looks at another storage, and nothing may be concluded about single backups.
 */
export function judgeList(look: ListLook): "whole" | "some" | "many" {
  const { listed, available, absent, maxPercent } = look;
  if (absent === 0) return "whole";
  if (listed === 0) return "many";
  return absent > FEW_GONE && absent * 100 > maxPercent * available ? "many" : "some";
}
