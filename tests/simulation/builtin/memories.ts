// What built-ins keep in the state, as one life of the program sees it: the program may end before and after each write.
// And how it is lost: rows go while nothing runs, some of them or all.

import { DatabaseSync } from "node:sqlite";
import { StoreError } from "../../../src/domain/errors.ts";
import type { BackupMemory, NoteName } from "../../../src/ports/backup_memory.ts";
import type { StateMemories } from "../../../src/store/memory/state_memory.ts";
import type { Dice } from "../scenario.ts";
import { type Life, never, whileAlive } from "../sim_clock.ts";

/** What the world may do at a write: end the life, or refuse it. */
export interface AtMemory {
  boundary(life: Life, what: string): void;
  /** True: this write fails, and nothing is saved. */
  refuses(what: string): boolean;
  /** A note is durable. */
  noted(name: NoteName): void;
}

/** The memories of one life. */
export function simMemories(memories: StateMemories, life: Life, world: AtMemory): StateMemories {
  async function write<T>(what: string, work: () => Promise<T>): Promise<T> {
    if (life.dead) return await never();
    world.boundary(life, `before ${what}`);
    if (life.dead) return await never();
    if (world.refuses(what)) throw new StoreError("failed", `Cannot write to the state: ${what}: disk error`);
    const answer = await whileAlive(life, work());
    world.boundary(life, `after ${what}`);
    return life.dead ? await never() : answer;
  }
  const read = <T>(work: () => Promise<T>): Promise<T> => life.dead ? never() : whileAlive(life, work());

  function seen(memory: BackupMemory, key: string): BackupMemory {
    const { repair, notes, outputs } = memory;
    return {
      // Its real one is another each time.
      place: "the state",
      repair,
      notes: {
        read: (name) => read(() => notes.read(name)),
        write: (name, text) =>
          write(`note ${name} of ${key}`, () => notes.write(name, text).then(() => world.noted(name))),
        toForget: (name) => notes.toForget(name),
      },
      outputs: {
        save: (id, text) => write(`output of ${id}`, () => outputs.save(id, text)),
        read: (id) => read(() => outputs.read(id)),
        ids: () => read(() => outputs.ids()),
        drop: (ids) => write(`outputs dropped of ${key}`, () => outputs.drop(ids)),
      },
      entries: () => read(() => memory.entries()),
      keep: (entry, before) =>
        write(`entry ${entry.id} ${stateOf(entry.text)}`, () => memory.keep(entry, before)),
      drop: (ids) => write(`entries dropped of ${key}`, () => memory.drop(ids)),
      findMoved: (by) => read(() => memory.findMoved(by)),
      check: () => write(`check of ${key}`, () => memory.check()),
      [Symbol.asyncDispose]: () => read(() => Promise.resolve(memory[Symbol.asyncDispose]())),
    };
  }

  return {
    async open(key, formerly) {
      const open = () => memories.open(key, formerly);
      return seen(await (formerly.length > 0 ? write(`adoption by ${key}`, open) : read(open)), key);
    },
    takeUp: (key, moved) => write(`what is taken up by ${key}`, () => memories.takeUp(key, moved)),
  };
}

const TABLES = ["journal", "provider_notes", "outputs"] as const;

/** What was lost. */
export interface Loss {
  rows: number;
  /** Backups whose entry said that their `post` was still to run: nothing says so any more. */
  postDue: string[];
  /** Nothing says any more which repository is whose. */
  repository: boolean;
}

/** Rows of what built-ins keep in the state at `path` are gone: all of them, or of each table some. Nothing runs. */
export function loseMemories(path: string, dice: Dice): Loss {
  const loss: Loss = { rows: 0, postDue: [], repository: false };
  const share = dice.one([1, 1, 0.5, 0.2]);
  const database = new DatabaseSync(path);
  try {
    for (const table of TABLES) {
      const what = table === "journal" ? "id" : table === "provider_notes" ? "name AS id" : "id";
      const text = table === "journal" ? "entry" : "text";
      for (
        const row of database.prepare(`SELECT seq, ${what}, ${text} AS text FROM ${table} ORDER BY seq`).all()
      ) {
        if (!dice.chance(share)) continue;
        database.prepare(`DELETE FROM ${table} WHERE seq = ?`).run(row.seq!);
        loss.rows++;
        if (table === "provider_notes" && row.id === "repository") loss.repository = true;
        if (table === "journal" && JSON.parse(String(row.text)).postDue === true) {
          loss.postDue.push(String(row.id));
        }
      }
    }
  } finally {
    database.close();
  }
  return loss;
}

/** A person says that the repository at its place is the right one: what stands in the state about it goes. */
export function forgetRepositories(path: string): void {
  const database = new DatabaseSync(path);
  try {
    database.exec("DELETE FROM provider_notes WHERE name = 'repository'");
  } finally {
    database.close();
  }
}

function stateOf(entry: string): string {
  const { state, postDue, made } = JSON.parse(entry);
  return `${state}${made === null ? "" : ", made"}${postDue ? ", post is due" : ""}`;
}
