// Bugs that would lose a backup, each as a textual patch: those of the original, and those a later edit could bring in.

import { ADOPTION_BUGS } from "./adoption_bugs.ts";
import { DOOR_BUGS } from "./door_bugs.ts";
import { JOURNAL_BUGS } from "./journal_bugs.ts";
import { LOCK_BUGS } from "./lock_bugs.ts";
import { NAME_BUGS } from "./name_bugs.ts";
import { ORIGINAL_BUGS } from "./original_bugs.ts";
import type { PlantedBug } from "./planted_bug.ts";
import { PROTOCOL_BUGS } from "./protocol_bugs.ts";
import { SAFETY_BUGS } from "./safety_bugs.ts";

export const BUGS: readonly PlantedBug[] = [
  ...ORIGINAL_BUGS,
  ...PROTOCOL_BUGS,
  ...SAFETY_BUGS,
  ...ADOPTION_BUGS,
  ...DOOR_BUGS,
  ...LOCK_BUGS,
  ...JOURNAL_BUGS,
  ...NAME_BUGS,
];
