// What gets one backup back where its provider has no way to: the commands of the tool that most likely made it.

import type { ProviderSpec } from "../provider_spec.ts";
import { shellWord } from "./place.ts";

interface Wanted {
  id: string;
  dataId: string;
  /** Folder or file into which it is to be restored. */
  target: string;
  /** Paths inside the backup; empty: all of it. */
  include: readonly string[];
}

/** Why it is done by hand, and the lines for a shell on its provider's machine that do it; none where nobody can tell which. */
interface ByHand {
  why: string;
  commands: string[];
}

/** Of a snapshot of restic, short or whole. */
const RESTIC_ID = /^[0-9a-f]{8}(?:[0-9a-f]{56})?$/;
/** As the original's provider of restic has it in its container, where the password is set as well. */
const ORIGINAL_REPOSITORY = '"${RESTIC_REPOSITORY:-${TARGET_DATA_PATH:-/backup-repo}}"';
/** Of a version of backy2. */
const BACKY2_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** How a backup of this provider is restored without Schelly. */
export function byHand(spec: ProviderSpec, wanted: Wanted): ByHand {
  const { dataId } = wanted;
  switch (spec.kind) {
    case "restic":
      return { why: "restic does that", commands: [resticLine(wanted, shellWord(spec.repository))] };
    case "backy2":
      return { why: "for backy2 that is done by hand", commands: [backy2Line(wanted)] };
    case "command":
      return {
        why:
          `its provider names no command for it: with the tool of its command '${
            spec.create[0]
          }' the backup has ` +
          `the id '${dataId}'`,
        commands: [],
      };
    case "conductor":
      return {
        why:
          `a worker of the Conductor server at ${
            spec.shownUrl ?? spec.url
          } made it (${spec.uiUrl}/execution/` +
          `${wanted.id}): on its machine, with its tool, the backup has the id '${dataId}'`,
        commands: [],
      };
    case "http":
      return elsewhere(spec.shownUrl ?? spec.url, wanted);
  }
}

function elsewhere(url: string, wanted: Wanted): ByHand {
  const lacks =
    `its provider at ${url} does not have this extension: on its machine, with the tool that made it, the ` +
    `backup has the id '${wanted.dataId}'`;
  // What looks like neither may be of any tool.
  if (RESTIC_ID.test(wanted.dataId)) {
    return {
      why: `${lacks}, a snapshot of restic`,
      commands: [resticLine(wanted, ORIGINAL_REPOSITORY)],
    };
  }
  if (BACKY2_ID.test(wanted.dataId)) {
    return {
      why: `${lacks}, a version of backy2`,
      commands: [backy2Line(wanted)],
    };
  }
  return { why: lacks, commands: [] };
}

/** `repository`: one word of a shell. */
function resticLine({ dataId, target, include }: Wanted, repository: string): string {
  const only = include.map((path) => ` --include ${shellWord(`/${path.replace(/^\/+/, "")}`)}`).join("");
  return `restic -r ${repository} restore ${shellWord(dataId)} --target ${shellWord(target)}${only}`;
}

function backy2Line({ dataId, target }: Wanted): string {
  return `backy2 restore ${shellWord(dataId)} ${shellWord(`file://${target}/${dataId}.img`)}`;
}
