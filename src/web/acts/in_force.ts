// A hold or the freeze that stands already: what replaces it must not end it early, or change its reason, by mistake.

import { endsEarlier } from "../../domain/hold.ts";
import { iso } from "../../domain/instant.ts";
import type { ActField, ActLook, InForce } from "./act.ts";
import { timeOf } from "./act_fields.ts";

/** As a release wants it typed. */
const WORD = "release";

/** What is seen of it: what replacing it takes, and the form with what it says. */
export function standing(inForce: InForce): Pick<ActLook, "inForce" | "filled"> & {
  sentences: string[];
} {
  const { what, reason, until } = inForce;
  return {
    inForce,
    filled: { reason, until: until === null ? "" : localText(until) },
    sentences: [
      `This replaces that ${what}, and it is yours then. To end it earlier, or to give it another reason, takes the ` +
      `same word as its release.`,
    ],
  };
}

/** The field for the word, where something stands. */
export function wordField(look: ActLook | undefined): ActField[] {
  if (look?.inForce === undefined) return [];
  const { what } = look.inForce;
  return [{
    name: "typed",
    label: `Type ${WORD} to end the ${what} earlier or to replace its reason`,
    kind: "text",
    optional: true,
    hint: `Not needed where the ${what} keeps its reason and ends no earlier.`,
  }];
}

/** Why this would let go of what stands without the word for it; undefined: it would not. */
export function wordMissing(
  { what, reason, until }: InForce,
  filled: Readonly<Record<string, string>>,
): string | undefined {
  if (filled.typed === WORD) return undefined;
  const wanted = filled.until ? timeOf(filled.until) ?? null : null;
  const losses = [
    ...(endsEarlier(until, wanted)
      ? [
        `end it at ${iso(wanted)}, while it stands ${
          until === null ? "until somebody ends it" : `until ${iso(until)}`
        }`,
      ]
      : []),
    ...(reason.trim() === filled.reason ? [] : [`replace its reason, '${reason}'`]),
  ];
  if (losses.length === 0) return undefined;
  return `A ${what} is in force, and this would ${
    losses.join(", and ")
  }: type ${WORD} to do so, or leave its end ` +
    "and its reason as they are.";
}

/** As the field of a time has it, which has no zone. */
function localText(ms: number): string {
  return iso(ms).replace(
    /(:00)?(\.000)?Z$/,
    (end) => end === ":00.000Z" || end === ".000Z" ? "" : end.slice(0, -1),
  );
}
