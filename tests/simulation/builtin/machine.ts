// A simulated machine: processes with pids that are used again, users, pid namespaces, and a /proc that shows each of
// them only what it may see. What the real code asks a kernel is answered from here.

import type { Clock, Processes, ProcessResult, ProcessSpec, Random } from "../../../src/ports/host.ts";
import { createProcessGroups, type GroupSystem } from "../../../src/runtime/process_group.ts";
import { createProcessLives } from "../../../src/runtime/process_life.ts";
import { type Life, never, whileAlive } from "../sim_clock.ts";

export type SimSignal = "SIGINT" | "SIGTERM" | "SIGKILL";

/** What a program has of its process. */
export interface Running {
  argv: readonly string[];
  env: Readonly<Record<string, string>>;
  self: SimProcess;
  out(line: string): void;
  err(line: string): void;
  /** Lets time pass; never comes back to a process that was killed meanwhile. */
  pause(ms: number): Promise<void>;
}

/** Answers its exit code. */
export type Program = (running: Running) => Promise<number>;

/** One process, living or not. */
export interface SimProcess {
  readonly pid: number;
  /** Clock ticks since boot, as /proc has it. */
  readonly started: number;
  readonly user: string;
  /** Its pid namespace. */
  readonly space: string;
  readonly name: string;
  readonly machine: Machine;
  alive: boolean;
  /** Who would read its output has ended. */
  unheard: boolean;
  /** The life of the program that started it; null: someone else. */
  readonly ours: Life | null;
  /** It has begun: before, it ends with the program that started it. */
  admitted: boolean;
  /** Someone still writes into it. */
  stdinOpen: boolean;
  /** What it does about a signal that it catches; others end it as it stands. */
  caught: Partial<Record<SimSignal, () => Promise<void>>>;
  result: Promise<ProcessResult>;
}

interface Start {
  argv: readonly string[];
  env?: Readonly<Record<string, string>>;
  user: string;
  space: string;
  onStart?: (pid: number) => void;
  admit?: (pid: number) => Promise<void>;
  onOut?: (line: string) => void;
  onErr?: (line: string) => void;
  keepBytes?: number;
  stdinOpen?: boolean;
  ours?: Life;
}

const CODES: Record<SimSignal, number> = { SIGINT: 130, SIGTERM: 143, SIGKILL: 137 };
/** So few that a world uses them again. */
const FIRST_PID = 300;
const KEPT_BYTES = 64 * 1024;

/** One machine; its clock goes on whatever becomes of programs. */
export class Machine {
  boot = 1;
  readonly processes = new Map<number, SimProcess>();
  readonly programs = new Map<string, Program>();
  /** A program that writes to nobody ends by that, unless this is set. */
  survivesBrokenPipes = false;
  /** Sees every signal that is sent, and by which life of the program; null: by someone else. */
  signalled: (to: SimProcess, signal: SimSignal, by: Life | null) => void = () => {};
  /** Sees every start. */
  started: (one: SimProcess, argv: readonly string[]) => void = () => {};
  #next = FIRST_PID;

  constructor(
    readonly host: string,
    readonly clock: Clock,
    /** How many pids there are. */
    private readonly pids = 4_000,
    readonly id = `id-of-${host}`,
  ) {}

  /** Starts a program; the process that is answered may be over already. */
  start(start: Start): SimProcess {
    const program = this.programs.get(start.argv[0]!.split("/").at(-1)!);
    if (program === undefined) throw named("NotFound", `no such program: ${start.argv[0]}`);
    const texts = { out: "", err: "" };
    const ended = Promise.withResolvers<ProcessResult>();
    const self: SimProcess = {
      pid: this.#pid(),
      started: Math.floor(this.clock.uptime() / 10) + this.processes.size,
      user: start.user,
      space: start.space,
      name: start.argv[0]!,
      machine: this,
      alive: true,
      unheard: false,
      ours: start.ours ?? null,
      stdinOpen: start.stdinOpen ?? false,
      admitted: start.admit === undefined,
      caught: {},
      result: ended.promise,
    };
    this.processes.set(self.pid, self);
    const over = (code: number, signal: string | null) => {
      const end = (text: string) => text.slice(-(start.keepBytes ?? KEPT_BYTES));
      ended.resolve({ code, signal, stdout: end(texts.out), stderr: end(texts.err) });
    };
    this.#ends.set(self, (signal) => over(CODES[signal], signal));
    const write = (to: "out" | "err", line: string) => {
      if (!self.alive) return;
      if (self.unheard && !this.survivesBrokenPipes) return this.signal(self, "SIGKILL");
      texts[to] += line + "\n";
      if (!self.unheard) (to === "out" ? start.onOut : start.onErr)?.(line);
    };
    this.started(self, start.argv);
    start.onStart?.(self.pid);
    const begin = async () => {
      if (start.admit !== undefined) await start.admit(self.pid);
      if (!self.alive) return await never<number>();
      self.admitted = true;
      return await program({
        argv: start.argv.slice(1),
        env: start.env ?? {},
        self,
        out: (line) => write("out", line),
        err: (line) => write("err", line),
        pause: async (ms) => {
          if (self.alive) await this.clock.sleep(ms);
          if (!self.alive) return await never();
        },
      });
    };
    void begin().then((code) => {
      if (!self.alive) return;
      self.alive = false;
      this.processes.delete(self.pid);
      over(code, null);
    });
    return self;
  }

  readonly #ends = new WeakMap<SimProcess, (signal: SimSignal) => void>();

  /** Sends a signal to one process. */
  signal(to: SimProcess, signal: SimSignal, by: Life | null = null): void {
    if (!to.alive) return;
    this.signalled(to, signal, by);
    const handler = to.caught[signal];
    const end = () => {
      if (!to.alive) return;
      to.alive = false;
      this.processes.delete(to.pid);
      this.#ends.get(to)!(signal);
    };
    if (handler === undefined) end();
    else void handler().then(end);
  }

  /** The machine is started again: nothing lives on. */
  restart(): void {
    for (const one of [...this.processes.values()]) {
      one.alive = false;
      this.#ends.get(one)!("SIGKILL");
    }
    this.processes.clear();
    this.boot++;
    this.#next = FIRST_PID;
  }

  #pid(): number {
    do {
      this.#next++;
      if (this.#next > FIRST_PID + this.pids) this.#next = FIRST_PID + 1;
    } while (this.processes.has(this.#next));
    return this.#next;
  }
}

/** From where a program looks at its machine. */
export interface Place {
  machine: Machine;
  user: string;
  space: string;
  /** /proc shows other users' processes. */
  showsOthers: boolean;
  /** /proc shows more than processes: the boot id. */
  showsBoot: boolean;
  /** Nobody here may send signals to other users' processes. */
  isRoot: boolean;
}

/** The `Processes` port of one life of the program, as the real code makes it of what a kernel says. */
export function processesAt(place: Place, life: Life, self: number): Processes {
  const system = systemAt(place, self, life);
  const [groups, lives] = [createProcessGroups(system), createProcessLives(system)];
  const children = new Set<SimProcess>();
  orphans.set(life, children);
  return {
    run: (spec) => run(place, life, children, spec),
    killGroup: (pid, signal) => groups.killGroup(pid, signal),
    identity: (pid) => Promise.resolve(lives.identity(pid)),
    fate: (pid, identity) => Promise.resolve(lives.fate(pid, identity)),
  };
}

const orphans = new WeakMap<Life, Set<SimProcess>>();

/** A life has ended by kill -9: what it let begin goes on, and nobody hears it any more. */
export function orphan(life: Life): void {
  for (const child of [...orphans.get(life) ?? []]) {
    child.unheard = true;
    if (!child.admitted) child.machine.signal(child, "SIGKILL");
  }
}

function run(place: Place, life: Life, children: Set<SimProcess>, spec: ProcessSpec): Promise<ProcessResult> {
  if (life.dead) return never();
  const { machine, user, space } = place;
  let child: SimProcess;
  try {
    child = machine.start({
      argv: spec.argv,
      env: spec.env,
      user,
      space,
      keepBytes: spec.keepBytes,
      ours: life,
      onStart: spec.onStart,
      admit: spec.admit,
      onOut: (line) => life.dead || spec.onStdoutLine?.(line),
      onErr: (line) => life.dead || spec.onStderrLine?.(line),
    });
  } catch (error) {
    return Promise.reject(error);
  }
  children.add(child);
  const end = () => machine.signal(child, "SIGTERM", life);
  if (spec.signal?.aborted) end();
  else spec.signal?.addEventListener("abort", end, { once: true });
  return whileAlive(
    life,
    child.result.then((result) => {
      children.delete(child);
      spec.signal?.removeEventListener("abort", end);
      return result;
    }),
  );
}

/** What the kernel and /proc answer at a place. */
function systemAt(place: Place, self: number, life: Life): GroupSystem & { hostname(): string } {
  const { machine, user, space } = place;
  const there = (pid: number) => {
    const one = machine.processes.get(Math.abs(pid));
    return one?.space === space ? one : undefined;
  };
  const mayTouch = (one: SimProcess) => place.isRoot || one.user === user;
  const isShown = (one: SimProcess) =>
    one.space === space && (place.showsOthers || place.isRoot || one.user === user);
  const stat = (one: SimProcess) =>
    `${one.pid} (${one.name}) S 1 ${one.pid} ${"0 ".repeat(16)}${one.started} 0`;
  return {
    pid: self,
    isLinux: true,
    hostname: () => machine.host,
    signal(pid, signal) {
      const one = there(pid);
      if (one === undefined) return false;
      if (!mayTouch(one)) throw named("PermissionDenied", "operation not permitted");
      machine.signal(one, signal, life);
      return true;
    },
    exists: (pid) => there(pid) !== undefined,
    output(program, args) {
      if (program === "cat") {
        const one = machine.processes.get(Number(args[0]!.split("/")[2]));
        return one !== undefined && isShown(one) ? stat(one) : "";
      }
      if (args[1]!.startsWith("cat ")) {
        return [...machine.processes.values()].filter(isShown).map(stat).join("\n");
      }
      return `${machine.id}\n${place.showsBoot ? `boot-${machine.boot}` : ""}\n${space}\nours\n`;
    },
  };
}

/** As many hexadecimal digits as an id of restic has. */
export function hexId(random: Random): string {
  let text = "";
  while (text.length < 64) text += Math.floor(random.next() * 0x10000).toString(16).padStart(4, "0");
  return text;
}

export function named(name: string, message: string): Error {
  const error = new Error(message);
  error.name = name;
  return error;
}
