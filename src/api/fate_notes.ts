// What schedule and policy will do to a backup, in sentences.

import type { FateView, ForesightView, LevelRankView } from "../ports/views/explain.ts";
import type { ReasonData } from "../domain/retention/reason_data.ts";
import { reasonText } from "../domain/retention/reasons.ts";

/** When it goes, as far as can be foreseen, and what would keep it longer. */
export function fateNotes({ fate, released, longer }: ForesightView, name: string): string[] {
  const notes = [fateNote(fate)];
  if (released !== null) notes.push(...releasedNotes(released));
  if (longer !== null) {
    const would = released === null ? "would keep it" : "would then keep it";
    notes.push(`'${longer.change}' in its retention ${would} ${longerThan(longer.fate)}.`);
  }
  if (fate.fate === "goes") {
    const again = released === null ? "" : "again, without an end, ";
    notes.push(`\`schelly backups hold ${name} --reason …\` ${again}keeps it until it is released.`);
  }
  return notes;
}

function fateNote(fate: FateView): string {
  if (fate.fate === "kept") return `Schedule and policy never let it go: ${fate.because}.`;
  if (fate.fate === "stays") return staying(fate);
  return `Under the present schedule and policy ${going(fate)}.`;
}

/** Nothing where another cause than the hold keeps it for good, too. */
function releasedNotes(released: FateView): string[] {
  if (released.fate === "kept") return [];
  if (released.fate === "goes") return [`Released now, it would go: ${going(released)}.`];
  return [
    `Released now, it would stay all the same, as far as was looked (${short(released.looked_until)}).`,
  ];
}

/** Why a victim stands for no period that the policy keeps, level by level. */
export function rankNotes(levels: readonly LevelRankView[]): string[] {
  return levels.map(({ level, period, rank, limit, instead, proof }) => {
    if (rank !== null) return `It is ${level} ${rank} (${period}), of which the policy keeps ${limit}.`;
    const other = instead === null ? "another backup" : `backup '${instead.id ?? instead.run_id}'`;
    const byProof = proof?.decides === "against" ? ", which is proved, as this one is not" : "";
    return `For its ${level} period (${period}) stands ${other}${byProof}.`;
  });
}

/** Of which periods one is kept for a proof, or another one is because this one has none. */
export function proofNotes(levels: readonly LevelRankView[]): string[] {
  return levels.flatMap(({ level, period, rank, limit, proof }) => {
    if (proof === null) return [];
    const other = `'${proof.id ?? proof.run_id}'`;
    if (proof.decides === "for") {
      return [`Of its ${level} period (${period}) it is kept as the proved one: ${other} is not proved.`];
    }
    const isKept = rank !== null && rank <= limit;
    return isKept ? [`For its ${level} period (${period}) ${other} is kept beside it, which is proved.`] : [];
  });
}

/** The words of a reason, with the reference that chose the backup: `daily 3 of 7 (2026-11-20, reference 3)`. */
export function withReference(
  words: string,
  data: ReasonData | undefined,
  levels: readonly LevelRankView[],
): string {
  if (data?.kind !== "level") return words;
  const same = levels.find(({ level, period, rank, limit }) =>
    level === data.level && period === data.period && rank === data.rank && limit === data.limit
  );
  return same === undefined ? words : reasonText(data, same.reference);
}

function staying({ looked_until, ended }: FateView): string {
  if (ended) return "It stays: the job's schedule brings no pass any more that could elect it away.";
  return `Under the present schedule and policy it stays: no pass until ${
    short(looked_until)
  }, as far as was looked, ` +
    "elects it away.";
}

function going({ at, slot, deleted_at }: FateView): string {
  const cause = slot === at
    ? `the pass at ${short(at)} elects it away, after the backup of that slot`
    : `the pass at ${short(at)} elects it away${
      slot === null ? "" : `, the last slot before it being ${short(slot)}`
    }`;
  if (deleted_at === at) return cause;
  return deleted_at === null
    ? `${cause}; at the job's pace its turn does not come as far as was looked`
    : `${cause}; at the job's pace it is deleted at ${short(deleted_at)}`;
}

function longerThan({ fate, at, looked_until, ended }: FateView): string {
  if (fate === "goes") return `until ${short(at)}`;
  return ended ? "for good" : `for longer than was looked, ${short(looked_until)}`;
}

function short(time: string | null): string {
  return (time ?? "an unknown time").replace(/\.000Z$/, "Z");
}
