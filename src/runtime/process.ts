// What `main` needs of its own process: arguments in, exit code out.

/** The arguments after the program's name. */
export function programArguments(): string[] {
  return [...Deno.args];
}

/** Ends the process now; nothing after it runs. */
export function exitProcess(code: number): never {
  Deno.exit(code);
}
