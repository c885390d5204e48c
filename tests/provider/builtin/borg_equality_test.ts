// The same archives, the same policy: what `borg prune` keeps, we keep, as far as its words mean the same.

import assert from "node:assert/strict";
import { test } from "node:test";
import { elect } from "../../../src/domain/retention/election.ts";
import { drain } from "../../../src/domain/slices.ts";
import { parsePolicy } from "../../../src/domain/policy.ts";
import { zoneOf } from "../../../src/domain/calendar/zone.ts";
import { tempFolder } from "../../support/backup_rig.ts";
import { mayLack } from "../../support/require_tool.ts";

const HOUR = 3_600_000;
/** Before the newest, which is of an hour ago: borg measures from now, and every edge is hours away. */
const AGES = [0, 5, 20, 30, 60, 90, 110, 200];
const POLICIES: [flags: string[], policy: string][] = [
  [["--keep-last", "3"], "keep_last=3"],
  [["--keep-within", "4d"], "keep_within=4d"],
  [["--keep-within", "50H"], "keep_within=2d2h"],
  [["--keep-last", "20"], "keep_last=20"],
];

async function borg(repository: string, args: string[]): Promise<string> {
  const env = { BORG_REPO: repository, BORG_BASE_DIR: `${repository}-home`, TZ: "UTC" };
  const { code, stderr } = await new Deno.Command("borg", { args, env }).output();
  const text = new TextDecoder().decode(stderr);
  assert.equal(code, 0, text);
  return text;
}

test(
  "elect() with keep_last and keep_within keeps what borg prune keeps",
  { skip: mayLack("borg", ["--version"]) },
  async () => {
    await using folder = await tempFolder();
    const repository = `${folder.path}/repository`;
    await Deno.writeTextFile(`${folder.path}/note`, "x");
    await borg(repository, ["init", "--encryption", "none"]);
    const newest = Math.floor(Date.now() / HOUR) * HOUR - HOUR;
    const candidates = AGES.map((age) => {
      const time = newest - age * HOUR;
      return { runId: `a${age}`, periodTime: time, endTime: time, held: false, suspect: false };
    });
    for (const { runId, periodTime } of candidates) {
      const timestamp = new Date(periodTime).toISOString().slice(0, 19);
      await borg(repository, ["create", "--timestamp", timestamp, `::${runId}`, `${folder.path}/note`]);
    }
    for (const [flags, text] of POLICIES) {
      const listed = await borg(repository, ["prune", "--list", "--dry-run", ...flags]);
      const theirs = [...listed.matchAll(/^Keeping archive.*?: +(a\d+) /gm)].map(([, name]) => name!);
      const parsed = parsePolicy(text);
      assert.ok("policy" in parsed);
      const ours = drain(elect(candidates, parsed.policy, zoneOf("UTC"), newest));
      assert.deepEqual(ours.keep.map(({ runId }) => runId), theirs, text);
    }
  },
);
