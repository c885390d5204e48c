// The same snapshots, the same policy: what `restic forget` keeps, we keep.

import assert from "node:assert/strict";
import { test } from "node:test";
import { elect } from "../../../src/domain/retention/election.ts";
import { drain } from "../../../src/domain/slices.ts";
import { formatDuration } from "../../../src/domain/duration.ts";
import { LEVELS, parsePolicy } from "../../../src/domain/policy.ts";
import { zoneOf } from "../../../src/domain/calendar/zone.ts";
import { tempFolder } from "../../support/backup_rig.ts";
import { FakeRandom } from "../../support/fake_ids.ts";
import { makeQuickRepository, QUICK_PASSWORD } from "../../support/quick_repository.ts";
import { requireTool } from "../../support/require_tool.ts";

const SNAPSHOTS = 20;
const POLICIES = [
  "hourly=3,daily=4",
  "daily=2,weekly=3,monthly=2,yearly=2",
  "weekly=2",
  "monthly=6,yearly=1",
  "hourly=2,daily=2,weekly=2,monthly=2,yearly=2",
  "keep_last=5",
  "keep_within=7d",
  "keep_within=1d6h",
  "keep_last=2,keep_within=3d",
  "daily=2,monthly=3,keep_last=4,keep_within=70d",
];

interface Snapshot {
  id: string;
  time: string;
}

async function restic(repository: string, args: string[], stdin = ""): Promise<string> {
  const env = {
    RESTIC_REPOSITORY: repository,
    RESTIC_PASSWORD: QUICK_PASSWORD,
    TZ: "UTC",
    RESTIC_CACHE_DIR: `${repository}-cache`,
  };
  const child = new Deno.Command("restic", { args, env, stdin: "piped", stdout: "piped", stderr: "piped" })
    .spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(stdin));
  await writer.close();
  const { code, stdout, stderr } = await child.output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

/** Times in clusters, so that every level has periods with several and with none. */
function times(): Date[] {
  const random = new FakeRandom(20260302);
  const spans = [3_600_000, 86_400_000, 7 * 86_400_000, 60 * 86_400_000, 500 * 86_400_000];
  const end = Date.parse("2026-01-03T12:00:00Z");
  const some = Array.from({ length: SNAPSHOTS - 3 }, (_, at) => {
    const back = Math.floor(random.next() * spans[at % spans.length]!);
    return new Date(Math.floor((end - back) / 1000) * 1000);
  });
  // And just at the edge of seven days.
  return [...some, new Date(end), new Date(end - 7 * 86_400_000), new Date(end - 7 * 86_400_000 + 1000)];
}

test(
  "elect() keeps what restic forget keeps, on the same snapshots",
  { skip: requireTool("restic") },
  async () => {
    await using folder = await tempFolder();
    const repository = `${folder.path}/repository`;
    await makeQuickRepository(repository, "first");
    for (const time of times()) {
      const local = time.toISOString().slice(0, 19).replace("T", " ");
      await restic(repository, ["backup", "--stdin", "--time", local, "--host", "h", "--no-cache"], "x");
    }
    const snapshots: Snapshot[] = JSON.parse(await restic(repository, ["snapshots", "--json", "--no-cache"]));
    assert.equal(snapshots.length, SNAPSHOTS);
    for (const text of POLICIES) {
      const parsed = parsePolicy(text, { weekStarts: "monday" });
      assert.ok("policy" in parsed);
      const flags = LEVELS.flatMap((level) => {
        const { count } = parsed.policy.levels[level];
        return count > 0 ? [`--keep-${level}`, String(count)] : [];
      });
      const { minKeep, keepWithinMs } = parsed.policy;
      if (minKeep > 1) flags.push("--keep-last", String(minKeep));
      if (keepWithinMs > 0) flags.push("--keep-within", formatDuration(keepWithinMs));
      const answer = await restic(repository, ["forget", "--dry-run", "--json", "--no-cache", ...flags]);
      const theirs = JSON.parse(answer.slice(answer.indexOf("[")).split("\n")[0]!)[0].keep as Snapshot[];
      const candidates = snapshots.map(({ id, time }) => ({
        runId: id,
        periodTime: Date.parse(time),
        endTime: Date.parse(time),
        held: false,
        suspect: false,
      }));
      const now = Math.max(...candidates.map((one) => one.periodTime));
      const ours = drain(elect(candidates, parsed.policy, zoneOf("UTC"), now));
      assert.deepEqual(ours.keep.map((one) => one.runId).sort(), theirs.map((one) => one.id).sort(), text);
    }
  },
);
