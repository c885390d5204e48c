// What restores a backup from a terminal, as whoever types it.

import { shellWord } from "../../domain/recovery/place.ts";

/** One line for a shell. `include`: paths of the backup; none: all of it. */
export function restoreCommand(
  { id, job, include, target = "/path/to/an/empty/folder" }: {
    id: string;
    job: string;
    include: readonly string[];
    target?: string;
  },
): string {
  const paths = include.length === 0 ? [] : ["--include", ...include.map(shellWord)];
  const words = ["schelly", "backups", "restore", shellWord(id), "--job", shellWord(job)];
  return [...words, "--to", shellWord(target), ...paths].join(" ");
}

/** The line, with where to type it and what it does where a provider cannot. */
export function ByTerminal({ id, job, include, sheet }: {
  id: string;
  job: string;
  include: readonly string[];
  /** Where the recovery sheet is; null for whoever may not see it. */
  sheet: string | null;
}) {
  return (
    <section class="card pad stack-s" aria-labelledby="terminal">
      <h2 id="terminal">In a terminal, as yourself</h2>
      <p>
        On the machine that is to have it, as whoever is to own it; the folder is made where it is missing:
      </p>
      <pre class="words" tabindex={0}>{restoreCommand({ id, job, include })}</pre>
      <p class="soft">
        With --dry-run it writes nothing and says what it would do. Where the provider of the backup cannot
        restore, it prints the commands that do it by hand.
        {sheet === null ? null : (
          <>
            {" "}
            <a href={sheet}>The recovery sheet</a> has those of all jobs, also for a day without Schelly.
          </>
        )}
      </p>
    </section>
  );
}
