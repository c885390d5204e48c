// What a `Backuper` may use while one of its tools works: for a backup, a verification or a restore.

export interface ToolTask {
  /** Id of the backup. */
  id: string;
  /** Aborts on cancel; the work must end soon after, processes included. */
  signal: AbortSignal;
  /** Shows as `message` while it goes on. */
  progress(message: string): void;
  /** Appends to the kept output (last 64 KiB). */
  output(line: string): void;
  /** Tell of each child process (its own group), so that it is ended if we are killed and start again. */
  started(pid: number): void;
  /** For `Processes.run`: what leaves its process group is then ended on a cancel, too. Many machines cannot. */
  scope?: string;
}
