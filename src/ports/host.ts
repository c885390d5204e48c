// What the world outside offers: time, randomness, network, files, processes, a terminal. Types only.

import type { FileTree } from "./file_tree.ts";
import type { SendMail } from "./notifier.ts";

/** Time. Only `now` may jump; `monotonic` and `uptime` never go back. */
export interface Clock {
  /** Wall clock, UTC milliseconds (integer). */
  now(): number;
  /** Milliseconds since some fixed instant; not counted while the machine is suspended. */
  monotonic(): number;
  /**
   * Milliseconds since the machine was started, counted while it is suspended too. As coarse as whole seconds: only the
   * difference of two of them says something.
   */
  uptime(): number;
  /** Resolves after `ms` (any length, 0 included), or rejects with the signal's reason. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Lets other work run: resolves in a later macrotask. */
  yield(): Promise<void>;
  /** A signal that aborts with a `TimeoutError` after `ms`, unless `dispose` is called first. */
  timeout(ms: number): { signal: AbortSignal; dispose(): void };
}

export interface Ids {
  /** A UUIDv7 whose time is the clock's; strictly increasing within the process. */
  uuidv7(): string;
}

/** What nobody can guess. */
export interface Secrets {
  /** 256 bits as base64url. */
  token(): string;
}

export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
}

/** How we trust a server over TLS, and show it who we are: PEM texts. */
export interface ClientTls {
  /** Trusted beside the usual ones. */
  ca?: string;
  /** Both or neither. */
  cert?: string;
  key?: string;
}

/** What of it cannot be used, and why, as the end of a sentence that begins with the file. */
export interface TlsTrouble {
  part: "ca" | "cert" | "key";
  why: string;
}

/** Web `fetch`. */
export type Http = (request: Request) => Promise<Response>;

export interface FileInfo {
  isFile: boolean;
  isDirectory: boolean;
  size: number;
  mode: number | null;
  mtime: number | null;
  dev: number;
  ino: number | null;
  /** When this file was made, whatever it holds (UTC ms). Absent or null: not known. */
  born?: number | null;
}

/** `unsupported`: this place (some network file systems) or runtime knows no locks, so nothing was found out. */
export type FileLock =
  | { held: true; release(): Promise<void> }
  | { held: false; why: "taken" | "unsupported" };

/** Files by path. Every method rejects with the runtime's error (`name`: NotFound, PermissionDenied …). */
export interface Files {
  readText(path: string): Promise<string>;
  readBytes(path: string): Promise<Uint8Array>;
  /** Atomic: written beside, synced, renamed. */
  writeText(path: string, text: string, mode?: number): Promise<void>;
  /** Appends and syncs to disk. */
  appendText(path: string, text: string): Promise<void>;
  /** Undefined when nothing is there. */
  info(path: string): Promise<FileInfo | undefined>;
  infoSync(path: string): FileInfo | undefined;
  /** Names in a folder, unsorted. */
  list(path: string): Promise<string[]>;
  makeFolder(path: string, mode?: number): Promise<void>;
  remove(path: string): Promise<void>;
  /** Gives a file another name in the same folder, which is on disk then. */
  rename(path: string, to: string): Promise<void>;
  setMode(path: string, mode: number): Promise<void>;
  /**
   * Takes the file for one holder, and makes a missing one. The kernel keeps the lock for as long as its holder lives,
   * and shows it to whoever sees the file, in other containers too; never waits for another holder to give it back.
   * `there`: only one that is there, which need not be this user's to write; rejects where nothing is.
   */
  lock(path: string, there?: "there"): Promise<FileLock>;
  /** Opens a file that is there, to change it in place. Rejects as `writeText` does. */
  openInPlace(path: string): Promise<InPlaceFile>;
  /** Opens a file that is there, to read pieces of it. Closing it gives back the locks that this process has on the file. */
  openToRead(path: string): Promise<ReadFile>;
  /** Makes a file where nothing is yet, to be written from its beginning on. */
  create(path: string, mode: number): Promise<NewFile>;
  /** The folder for temporary files. */
  tempFolder(): string;
  workingFolder(): string;
}

/** A file that is changed where it is. What was written survives the end of this process, not yet that of the machine. */
export interface InPlaceFile {
  /** Overwrites from this byte on; throws where it cannot. */
  writeAt(position: number, bytes: Uint8Array): void;
  close(): void;
}

/** A file that is read in pieces. */
export interface ReadFile {
  /** Fills the bytes from this position of the file on; resolves to how many there were. */
  readAt(position: number, bytes: Uint8Array): Promise<number>;
  close(): void;
}

/** A file that is being written. */
export interface NewFile {
  append(bytes: Uint8Array): Promise<void>;
  /** Resolves once all of it is on disk. */
  sync(): Promise<void>;
  close(): void;
}

export interface ProcessSpec {
  /** Program and its arguments; never a shell. */
  argv: [string, ...string[]];
  /** Added to the environment of Schelly, or all of it when `clearEnv`. */
  env?: Record<string, string>;
  clearEnv?: boolean;
  cwd?: string;
  stdin?: string;
  /** Called with each complete line of output, without its end. */
  onStdoutLine?: (line: string) => void;
  onStderrLine?: (line: string) => void;
  /** Ends the whole process tree: TERM, then KILL after `killAfterMs` (default 10 s). */
  signal?: AbortSignal;
  killAfterMs?: number;
  /** How much of the end of each stream the result keeps, in bytes; default 64 KiB. */
  keepBytes?: number;
  /** Longer lines are cut here, in UTF-16 units; default 64 Ki. */
  lineLength?: number;
  /** Called once the child runs. */
  onStart?: (pid: number) => void;
  /**
   * Called once the child is there, which does nothing before this has resolved, and never anything if this program ends
   * before: so it can be written down first. When it rejects, the child is ended, and `run` rejects with that.
   */
  admit?: (pid: number) => Promise<void>;
  /** The scope that it runs in; see `Processes.scopes`. */
  scope?: string;
}

export interface ProcessResult {
  /** Exit code; 128 + n when ended by signal n. */
  code: number;
  signal: string | null;
  /** The last 64 KiB of each stream. */
  stdout: string;
  stderr: string;
}

/** Child processes in their own process group, so that a whole tree can be ended. */
export interface Processes {
  /** Rejects with the runtime's error when the program cannot be started (`name`: NotFound, PermissionDenied). */
  run(spec: ProcessSpec): Promise<ProcessResult>;
  /** Ends every process of the group; true when one was there. */
  killGroup(pid: number, signal: "SIGTERM" | "SIGKILL"): boolean;
  /**
   * A token that tells one life of a pid from every other, on this machine and elsewhere; undefined when no such
   * process lives, or none that this one is let see.
   */
  identity(pid: number): Promise<string | undefined>;
  /** What became of the process that had this token, however long ago. */
  fate(pid: number, identity: string): Promise<ProcessFate>;
  /** Absent: there are none, and whatever leaves its process group is out of reach. */
  scopes?: ProcessScopes;
}

/**
 * What was started with one `scope`, and all that this started in turn, wherever it went. Many machines offer none: then
 * nothing is ever in one.
 */
export interface ProcessScopes {
  /** Kills all that lives there, and resolves to how many that were. */
  end(scope: string): Promise<number>;
  /** Gives the scope up; what lives there lives on. */
  leave(scope: string): Promise<void>;
}

/**
 * `ended` is proved. `unseen` is no proof of anything, and counts as alive: the process is hidden from this one, or was
 * on another machine or in another container.
 */
export type ProcessFate = "alive" | "ended" | "unseen";

/** A machine since it was started. Null: not known, since it is hidden from this process or there is none. */
export interface Machine {
  /** Its own; copies of its disk have the same. */
  id: string | null;
  /** Its name in the network. */
  name: string;
  /** Another one after each start of the machine. */
  boot: string | null;
}

export interface Terminal {
  out(text: string): void;
  /** Never throws. Waits until its reader takes the text, until `neverWait` was called. */
  err(text: string): void;
  /**
   * For servers: from now on `err` never waits. What nobody reads is kept for a while, then dropped, and `gapText` says
   * how many texts that were once somebody reads again.
   */
  neverWait(gapText: (dropped: number) => string): void;
  /** The same for `out`, of a server that tells there what it does. */
  outNeverWait(gapText: (dropped: number) => string): void;
  /** How many texts of `err` were dropped so far. */
  errDropped(): number;
  /** True once the reader of standard output has gone, as after `| head`. Absent: it never goes. */
  outIsClosed?(): boolean;
  /** True when standard output is a terminal. */
  outIsTty: boolean;
  errIsTty: boolean;
  inIsTty: boolean;
  columns: number;
  /** Asks a yes/no question on the terminal. */
  confirm(question: string): Promise<boolean>;
  /** Asks for a line on the terminal; null where there is none to ask on, or nothing more comes in. */
  ask(question: string): Promise<string | null>;
  readStdin(): Promise<string>;
}

/** A listening socket. */
export interface Listener {
  /** `http://127.0.0.1:8080` or `unix:/run/…`. */
  address: string;
  /**
   * From when it resolves on, new connections meet another certificate; answers under way go on. Rejects as `listen`
   * does, and the old certificate stays.
   */
  renew(tls: TlsKeys): Promise<void>;
  /** Stops accepting, waits for answers under way, at most `graceMs`. */
  close(graceMs: number): Promise<void>;
}

/** PEM texts: the certificate with its chain, and its key. */
export interface TlsKeys {
  cert: string;
  key: string;
}

export interface PeerInfo {
  /** True for the unix socket. */
  local: boolean;
  /** `192.0.2.1:50000`; behind a trusted proxy the address that it names, without a port. */
  remote: string;
  /** The trusted proxy that the connection comes from; absent: none. */
  proxy?: string;
}

/**
 * Whom a request comes from when there is not room for all: `known` ones have shown a valid token, a `probe` asks only
 * whether the process lives.
 */
export type Standing = "known" | "probe" | "unknown";

export type RequestHandler = (request: Request, peer: PeerInfo) => Promise<Response> | Response;

export interface ListenSpec {
  tcp?: { hostname: string; port: number; tls?: TlsKeys };
  /** Path of a unix socket; made with mode 0600, a dead one is replaced. */
  unix?: { path: string };
  /** Told from the head of the request alone, and quickly. Absent: all are unknown. Over the socket all are known. */
  standing?: (request: Request, peer: PeerInfo) => Standing;
  /**
   * Whom a request comes from, told from its head, and a connection of which nothing was read yet. Absent: there are no
   * proxies. Not asked over the socket.
   */
  peerOf?: (peer: PeerInfo, headers: Headers | undefined) => PeerInfo;
}

/** The service manager that started this process and wants to be told how it does: systemd. */
export interface Supervisor {
  /** Tells it, in the words of sd_notify(3): `{ READY: "1", STATUS: "…" }`. Never throws, never waits. */
  tell(message: Record<string, string>): void;
  /** It restarts a process that says nothing for longer than this (ms); null: it does not watch. */
  watchdogMs: number | null;
}

/** What this process takes of its machine. What cannot be known is undefined, never 0. */
export interface ProcessUsage {
  /** Seconds of processors since the process began, in its own code and in the system's. */
  cpu: { user: number; system: number };
  /** Bytes. */
  rss: number;
  heapUsed: number;
  virtual: number | undefined;
  openFiles: number | undefined;
  /** How many files it may have open. */
  maxFiles: number | undefined;
}

/** Everything a command or the composition root may use of the outside world. */
export interface Host {
  clock: Clock;
  ids: Ids;
  random: Random;
  secrets: Secrets;
  http: Http;
  /** HTTP with certificates of our own. Throws where `tlsTrouble` finds any. */
  httpWith(tls: ClientTls): Http;
  /** Undefined: it can be used. */
  tlsTrouble(tls: ClientTls): TlsTrouble | undefined;
  /** HTTP over a unix socket. */
  httpOver(socketPath: string): Http;
  mail: SendMail;
  files: Files;
  tree: FileTree;
  processes: Processes;
  terminal: Terminal;
  env: Record<string, string>;
  listen(spec: ListenSpec, handler: RequestHandler): Promise<Listener>;
  /** Calls `handler` on each signal; returns what removes it. */
  onSignal(signal: "SIGINT" | "SIGTERM" | "SIGHUP", handler: () => void): () => void;
  /**
   * Calls `changed` (debounced) when something that matters in the folder changes; returns what ends it. Opens nothing in
   * the folder of `locked`, a file that this process holds locks of.
   */
  watchFolder(
    path: string,
    changed: () => void,
    matters?: (name: string) => boolean,
    locked?: string,
  ): () => void;
  /** Null where nobody wants to be told. */
  supervisor: Supervisor | null;
  /** `builtAt`: no right clock shows an earlier time (UTC ms); null where it runs from its sources. */
  version: { version: string; commit: string; builtAt: number | null; deno: string; target: string };
  /** Where the compiled program is; null where it runs from its sources. */
  program: string | null;
  /** Never rejects. */
  usage(): Promise<ProcessUsage>;
  pid: number;
  /** The one this process runs on. */
  machine(): Machine;
}
