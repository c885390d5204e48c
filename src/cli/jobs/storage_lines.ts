// What `jobs show` says of where the backups of a job lie.

import { counted } from "../../domain/count_text.ts";
import { sizeText } from "../../domain/size_text.ts";
import type { JobAnswer } from "../client/answers.ts";
import type { Display } from "../terminal/render.ts";

type Storage = NonNullable<JobAnswer["storage"]>;

/** Lines of the table: how large it is, and how each upkeep ended last. */
export function storageLines({ storage }: JobAnswer, display: Display): [string, string | null][] {
  if (!storage) return [];
  const upkeep = (storage.upkeep ?? []).map(({ task, ok, at, message }): [string, string] => [
    `last ${task ?? "upkeep"}`,
    `${display.longTime(at) ?? "-"} ${ok === false ? "failed" : "went well"}: ${message ?? ""}`,
  ]);
  return [
    ["storage", sizesText(storage)],
    ["measured", display.longTime(storage.measured_at) ?? null],
    ...upkeep,
  ];
}

/** What a person may want to do about it. */
export function noteStorage({ job, provider, storage }: JobAnswer, display: Display): void {
  if (storage?.mostly_dead !== true) return;
  const dead = sizeOf(storage.dead_mb) ?? "Most";
  display.note(
    `${job}: ${dead} of the data of ${
      provider ?? "its provider"
    } is dead, and only a prune frees it: is it pruned ` +
      "often enough (`prune`, by default weekly), and does that go well?",
  );
}

/** `117 MB, of which 115 MB dead; 2 snapshots, 60 MB restored: 30 times what they need` */
function sizesText({ size_mb, dead_mb, restored_mb, dedup_ratio, snapshots }: Storage): string | null {
  const [size, dead, restored] = [size_mb, dead_mb, restored_mb].map(sizeOf);
  const parts = [
    size === undefined ? "" : `${size}${dead === undefined ? "" : `, of which ${dead} dead`}`,
    [
      typeof snapshots === "number" ? counted(snapshots, "snapshot") : "",
      restored === undefined ? "" : `${restored} restored`,
    ].filter((part) => part !== "").join(", ") +
    (typeof dedup_ratio === "number" ? `: ${Number(dedup_ratio.toFixed(1))} times what they need` : ""),
  ].filter((part) => part !== "");
  return parts.length === 0 ? null : parts.join("; ");
}

function sizeOf(megabytes: number | null | undefined): string | undefined {
  return typeof megabytes === "number" ? sizeText(megabytes) : undefined;
}
