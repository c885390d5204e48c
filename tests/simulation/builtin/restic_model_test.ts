// The model of restic is held against the real one: the same script of random commands, deaths and swaps is played on
// both, and what the built-in would read of each answer must be the same.
// Also tests machine.ts, restic_call.ts, restic_reading.ts and restic_repository.ts.

import assert from "node:assert/strict";
import { chmod, mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { test } from "node:test";
import type { ProcessResult } from "../../../src/ports/host.ts";
import { DAMAGE, errorLines } from "../../../src/provider/builtin/restic_damage.ts";
import { readTreeLine } from "../../../src/provider/builtin/restic_tree.ts";
import {
  readLine,
  readSnapshots,
  saysRemoved,
  troubleOf,
} from "../../../src/provider/builtin/restic_output.ts";
import { systemProcesses } from "../../../src/runtime/processes.ts";
import { tempFolder, until } from "../../support/backup_rig.ts";
import { makeQuickRepository, QUICK_PASSWORD } from "../../support/quick_repository.ts";
import { requireTool } from "../../support/require_tool.ts";
import { Dice } from "../scenario.ts";
import { SimClock } from "../sim_clock.ts";
import { Machine, type SimProcess } from "./machine.ts";
import { resticModel } from "./restic_model.ts";
import { isTree, packId, SimRepository, SimStorage } from "./restic_repository.ts";

/** One of both worlds. */
interface Bench {
  restic(args: string[]): Promise<ProcessResult>;
  /** Starts a backup that ends when `end` lets it; resolves once it holds its lock. */
  hold(tag: string): Promise<Held>;
  /** Starts a check and kills it while it holds its exclusive lock. */
  killCheck(): Promise<void>;
  /** Another repository lies at the same place, or the first again. */
  swap(): Promise<void>;
  unmount(): Promise<void>;
  mount(): Promise<void>;
  /** The bytes of the pack with the data, or with the folders, of the only snapshot are turned, or turned back. */
  turn(which: "data" | "tree"): Promise<void>;
  /** The id of that pack. */
  packOf(which: "data" | "tree"): Promise<string>;
  /** A folder to restore into, and how many files with how many bytes lie in it. */
  target: string;
  restored(): Promise<string>;
  paths: { there: string; unreadable: string; missing: string };
}

interface Held {
  end(how: "SIGKILL" | "SIGTERM" | "SIGINT" | "release"): Promise<void>;
}

const STEPS = 250;
const skip = requireTool("restic");

for (const seed of [1, 2]) {
  test(`the model of restic answers as restic does, by script ${seed}`, { skip }, async () => {
    await using folder = await tempFolder();
    const paths = {
      there: `${folder.path}/data`,
      unreadable: "/proc/self/mem",
      missing: `${folder.path}/nothing`,
    };
    const [real, model] = [await realBench(folder.path, paths), modelBench(seed, paths)];
    const [saidReal, saidModel] = [await play(real, seed), await play(model, seed)];
    for (const [at, line] of saidReal.entries()) {
      const before = saidReal.slice(Math.max(0, at - 8), at).join("\n");
      assert.equal(saidModel[at], line, `step ${at}, after\n${before}`);
    }
    assert.equal(saidModel.length, saidReal.length);
  });
}

test("the model of restic reads data that was turned as restic does", { skip }, async () => {
  await using folder = await tempFolder();
  const paths = {
    there: `${folder.path}/data`,
    unreadable: "/proc/self/mem",
    missing: `${folder.path}/nothing`,
  };
  const [real, model] = [await realBench(folder.path, paths), modelBench(1, paths)];
  const [saidReal, saidModel] = [await playRot(real), await playRot(model)];
  assert.deepEqual(saidModel, saidReal);
});

/** What a verification would read before, while and after data is turned. */
async function playRot(bench: Bench): Promise<string[]> {
  const said: string[] = [];
  const words = (result: ProcessResult) => {
    const damage =
      errorLines(`${result.stdout}\n${result.stderr}`).filter((line) => DAMAGE.test(line)).length > 0;
    const pack = /\b[0-9a-f]{64}\b/.exec(result.stderr.split("\n").find((line) => /^pack/i.test(line)) ?? "")
      ?.[0];
    return { code: result.code, damage, pack };
  };
  async function look(when: string): Promise<void> {
    const packs = { data: await bench.packOf("data"), tree: await bench.packOf("tree") };
    const nameOf = (id: string | undefined) =>
      id === packs.data ? "data" : id === packs.tree ? "tree" : id === undefined ? "none" : "other";
    const list = await bench.restic(["ls", "--json", snapshot]);
    const nodes = list.stdout.split("\n").flatMap((line) => readTreeLine(line) ?? []);
    const files = nodes.filter(({ type }) => type === "file");
    said.push(
      `${when}: ls ${list.code} ${files.length} ${files.map(({ size }) => size)} ${DAMAGE.test(list.stderr)}`,
    );
    for (const args of [["check"], ["check", "--read-data-subset=1/1"]]) {
      const { code, pack } = words(await bench.restic(args));
      said.push(`${when}: ${args.join(" ")} ${code} ${nameOf(pack)}`);
    }
    const { code, damage } = words(
      await bench.restic(["restore", snapshot, "--target", bench.target, "--verify"]),
    );
    said.push(`${when}: restore ${code} ${damage} ${await bench.restored()}`);
    for (const which of ["data", "tree"] as const) {
      const found = await bench.restic(["find", "--json", "--pack", packs[which], "--snapshot", snapshot]);
      const paths = JSON.parse(found.stdout.trim().split("\n").at(-1)!).flatMap((
        { path }: { path?: string },
      ) => path?.startsWith(bench.paths.there) ? 1 : []);
      said.push(`${when}: find ${which} ${found.code} ${which === "data" ? paths.length : "-"}`);
    }
  }
  await bench.restic(["backup", "--json", "--tag=schelly", "--", bench.paths.there]);
  const made = readSnapshots((await bench.restic(["snapshots", "--json", "--no-lock"])).stdout);
  const snapshot = made[0]!.id;
  await look("sound");
  for (const which of ["data", "tree"] as const) {
    await bench.turn(which);
    await look(`${which} turned`);
    if (which === "data") {
      const again = await bench.restic(["backup", "--json", "--tag=again", "--", bench.paths.there]);
      said.push(`a backup on it: ${again.code} ${backupText(again)}`);
      const { stdout } = await bench.restic(["snapshots", "--json", "--no-lock", "--tag=again"]);
      const { code } = await bench.restic(["forget", readSnapshots(stdout)[0]!.id]);
      said.push(`forgotten: ${code}`);
    }
    await bench.turn(which);
    await look(`${which} turned back`);
  }
  return said;
}

/** Plays the script of a seed and answers what the built-in would read, a line a step. */
async function play(bench: Bench, seed: number): Promise<string[]> {
  const dice = new Dice(seed);
  const said: string[] = [];
  /** Snapshots in the order of their making, with every id they ever had. */
  const known: string[] = [];
  const held: Held[] = [];
  let [isMounted, tags] = [true, 0];
  const one = () => known.length === 0 || dice.chance(0.1) ? "0123456789abcdef" : dice.one(known);
  const nameOf = (id: string | undefined) => {
    const at = known.findIndex((name) => name === id);
    return id === undefined || at < 0 ? "-" : `snapshot ${at}`;
  };

  async function ask(args: string[]): Promise<string> {
    const result = await bench.restic(args);
    if (result.code !== 0 && result.code !== 3) {
      return `${args[0]}: ${result.code} ${troubleOf(result.code, result.stderr)}`;
    }
    switch (args[0]) {
      case "backup":
        return `backup: ${result.code} ${backupText(result)}`;
      case "snapshots": {
        const list = readSnapshots(result.stdout);
        for (const { id } of list) if (!known.includes(id)) known.push(id);
        return `snapshots: ${
          list.map(({ id, tags, paths, original, host }) =>
            `${nameOf(id)} [${tags}] ${paths} was ${nameOf(original)} of ${host !== undefined}`
          ).join("; ")
        }`;
      }
      case "list":
        return `list: ${result.stdout.split("\n").filter((line) => line !== "").length} locks`;
      case "cat":
        return `cat: ${Object.keys(JSON.parse(result.stdout)).filter((key) => key !== "version")}`;
      case "forget": {
        const removes = result.stdout.split("\n").some((line) => saysRemoved(line, args.at(-1)!));
        return `forget: ${result.code} ${removes ? "removed" : "ignored"}`;
      }
      default:
        return `${args[0]}: ${result.code} ${/no matching ID/.test(result.stderr) ? "not found" : ""}`;
    }
  }
  const backup = (...paths: string[]) =>
    ask(["backup", "--json", "--tag=schelly", `--tag=t${tags++}`, "--", ...paths]);
  const { there, unreadable, missing } = bench.paths;

  const steps: (() => Promise<string>)[] = [
    () => backup(there),
    () => backup(there),
    () => backup(there, missing),
    () => backup(missing),
    () => backup(there, unreadable),
    () => ask(["backup", "--json", "--dry-run", "--tag=dry", "--", there]),
    () => ask(["snapshots", "--json", "--no-lock"]),
    () => ask(["snapshots", "--json", "--no-lock", "--tag", `t${dice.upTo(tags)}`]),
    () => ask(["snapshots", "--json", "--no-lock", "--tag", "schelly,incomplete", "--tag", "held"]),
    () => ask(["tag", "--add", "incomplete", one()]),
    () => ask(["forget", "--verbose=2", one()]),
    () => ask(["prune"]),
    () => ask(["unlock"]),
    () => ask(["check"]),
    () => ask(["list", "locks", "--no-lock", "--quiet"]),
    () => ask(["cat", "config", "--no-lock"]),
    async () => {
      if (!isMounted) return "not mounted";
      const locks = (await bench.restic(["list", "locks", "--no-lock", "--quiet"])).stdout.trim().split("\n");
      if (locks[0] === "") return "no lock to look at";
      const { stdout } = await bench.restic(["cat", "lock", locks[0]!, "--no-lock", "--quiet"]);
      return `lock: ${Object.keys(JSON.parse(stdout))} exclusive ${JSON.parse(stdout).exclusive}`;
    },
    () => ask(["init"]),
    async () => {
      if (!isMounted || held.length > 0) return "holds already";
      if ((await bench.restic(["list", "locks", "--no-lock", "--quiet"])).stdout !== "") return "is locked";
      held.push(await bench.hold("held"));
      return "holds";
    },
    async () => {
      if (!isMounted || (await bench.restic(["list", "locks", "--no-lock", "--quiet"])).stdout !== "") {
        return "no check to kill";
      }
      await bench.killCheck();
      return "killed a check";
    },
    async () => {
      const how = dice.one(["SIGKILL", "SIGTERM", "SIGINT", "release"] as const);
      if (!isMounted) return "not mounted";
      await held.pop()?.end(how);
      return `ends by ${how}`;
    },
    async () => {
      if (!isMounted || held.length > 0 || !dice.chance(0.3)) return "no swap";
      await bench.swap();
      return "another lies there";
    },
    async () => {
      if (held.length > 0 || (isMounted && !dice.chance(0.3))) return "no mount";
      isMounted = !isMounted;
      await (isMounted ? bench.mount() : bench.unmount());
      return `mounted: ${isMounted}`;
    },
  ];
  for (let step = 0; step < STEPS; step++) {
    // An init where nothing is mounted would make a repository with a slow key.
    const at = isMounted ? dice.upTo(steps.length - 1) : dice.one([0, 6, 10, 13, 14, 22, 22]);
    said.push(`${at} ${await steps[at]!()}`);
  }
  for (const one of held) await one.end("SIGKILL");
  return said;
}

function backupText({ stdout, stderr }: ProcessResult): string {
  const lines = `${stdout}\n${stderr}`.split("\n").map(readLine);
  return lines.flatMap((line) =>
    line.kind === "summary"
      ? [`summary ${line.files !== undefined} ${line.bytes !== undefined} ${line.snapshotId?.length}`]
      : line.kind === "absent" || line.kind === "unreadable"
      ? [`${line.kind} ${line.item}`]
      : []
  ).sort().join(", ");
}

async function realBench(folder: string, paths: Bench["paths"]): Promise<Bench> {
  const repository = `${folder}/repository`;
  await makeQuickRepository(repository, "first");
  await makeQuickRepository(`${folder}/other`, "second");
  await mkdir(paths.there);
  await writeFile(`${paths.there}/a`, "some text");
  const env = {
    RESTIC_PASSWORD: QUICK_PASSWORD,
    RESTIC_REPOSITORY: repository,
    RESTIC_CACHE_DIR: `${folder}/cache`,
    RESTIC_PROGRESS_FPS: "1",
  };
  /** By the index, as it was before anything was turned. */
  const known = new Map<string, string>();
  async function packAt(which: "data" | "tree"): Promise<string> {
    if (!known.has(which)) {
      const run = (args: string[]) =>
        systemProcesses.run({ argv: ["restic", ...args, "-q"], env, keepBytes: 1e6 });
      const index = (await run(["list", "index"])).stdout.trim().split("\n")[0]!;
      const { packs } = JSON.parse((await run(["cat", "index", index])).stdout);
      known.set(which, packs.find(({ blobs }: any) => blobs[0].type === which).id);
    }
    return known.get(which)!;
  }
  const locks = async () => (await readdir(`${repository}/locks`)).filter((name) => !name.includes("-tmp-"));
  const start = (args: string[], stdin: "piped" | "null") =>
    new Deno.Command("restic", { args, env, stdin, stdout: "null", stderr: "null" }).spawn();
  return {
    paths,
    restic: (args) => systemProcesses.run({ argv: ["restic", ...args], env, keepBytes: 1e6 }),
    async hold(tag) {
      const child = start(["backup", "--json", "--stdin", `--tag=${tag}`], "piped");
      await until("it holds its lock", async () => (await locks()).length > 0);
      // Past its second look for others.
      await new Promise((resolve) => setTimeout(resolve, 400));
      return {
        async end(how) {
          if (how !== "release") {
            child.kill(how);
            await child.status;
            return void await child.stdin.close().catch(() => {});
          }
          // Of nothing at all restic makes no snapshot.
          const writer = child.stdin.getWriter();
          await writer.write(new TextEncoder().encode("some text"));
          await writer.close();
          await child.status;
        },
      };
    },
    async killCheck() {
      const child = start(["check"], "null");
      await until("it holds its lock", async () => (await locks()).length > 0);
      child.kill("SIGKILL");
      await child.status;
    },
    async swap() {
      await rename(repository, `${folder}/third`);
      await rename(`${folder}/other`, repository);
      await rename(`${folder}/third`, `${folder}/other`);
    },
    target: `${folder}/restored`,
    packOf: (which) => packAt(which),
    async turn(which) {
      const id = await packAt(which);
      const path = `${repository}/data/${id.slice(0, 2)}/${id}`;
      const bytes = await readFile(path);
      // Its first blob begins with the nonce that its text was made with.
      bytes[20]! ^= 0xff;
      await chmod(path, 0o600);
      await writeFile(path, bytes);
      await rm(`${folder}/cache`, { recursive: true, force: true });
    },
    async restored() {
      const found = await readdir(`${folder}/restored`, { recursive: true, withFileTypes: true }).catch(
        () => [],
      );
      const files = found.filter((one) => one.isFile());
      const sizes = await Promise.all(
        files.map(async (one) => (await stat(`${one.parentPath}/${one.name}`)).size),
      );
      await rm(`${folder}/restored`, { recursive: true, force: true });
      return `${files.length} ${sizes}`;
    },
    unmount: () => rename(repository, `${folder}/away`),
    async mount() {
      await rm(repository, { recursive: true, force: true });
      await rename(`${folder}/away`, repository);
    },
  };
}

function modelBench(seed: number, paths: Bench["paths"]): Bench {
  const clock = new SimClock(Date.parse("2026-03-02T10:00:00Z"), new Dice(seed + 1));
  const machine = new Machine("vm", clock);
  const storage = new SimStorage();
  machine.programs.set("restic", resticModel(storage, new Dice(seed + 2)));
  let [here, other] = ["a", "b"].map((id) => new SimRepository(id.repeat(64), QUICK_PASSWORD));
  storage.repositories.set("/repository", here!);
  storage.sources.set(paths.there, { files: 1, bytes: 9, content: 1 });
  storage.sources.set(paths.unreadable, { files: 0, bytes: 0, content: 1, unreadable: [paths.unreadable] });
  const env = { RESTIC_PASSWORD: QUICK_PASSWORD, RESTIC_REPOSITORY: "/repository" };
  const start = (args: string[], stdinOpen = false): SimProcess =>
    machine.start({ argv: ["restic", ...args], env, user: "root", space: "s", keepBytes: 1e6, stdinOpen });
  const packOf = (which: "data" | "tree") =>
    here!.snapshots[0]!.packs.find((one) => isTree(one) === (which === "tree"))!;
  const ended = async (one: SimProcess) => {
    await clock.advance(600_000, () => !one.alive);
    return await one.result;
  };
  return {
    paths,
    restic: (args) => ended(start(args)),
    async hold(tag) {
      const one = start(["backup", "--json", "--stdin", `--tag=${tag}`], true);
      await clock.advance(2_000);
      return {
        async end(how) {
          one.stdinOpen = false;
          if (how !== "release") machine.signal(one, how);
          await ended(one);
        },
      };
    },
    async killCheck() {
      const one = start(["check"]);
      await clock.advance(60_000, () => here!.locks.size > 0);
      machine.signal(one, "SIGKILL");
    },
    swap() {
      [here, other] = [other, here];
      storage.repositories.set("/repository", here!);
      return Promise.resolve();
    },
    target: "/restored",
    packOf: (which) => Promise.resolve(packId(packOf(which))),
    turn(which) {
      const pack = packOf(which);
      if (!here!.rotten.delete(pack)) here!.rotten.add(pack);
      return Promise.resolve();
    },
    restored() {
      const files = storage.restored.get("/restored") ?? [];
      return Promise.resolve(`${files.length} ${files.map(({ bytes }) => bytes)}`);
    },
    unmount: () => Promise.resolve(void storage.repositories.delete("/repository")),
    mount: () => Promise.resolve(void storage.repositories.set("/repository", here!)),
  };
}
