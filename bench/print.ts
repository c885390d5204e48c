// How benches say what they measured.

/** One line. */
export function say(what: string, text: string): void {
  print(`${what.padEnd(52)} ${text}`);
}

/** One line of a table: what it is, and a figure for each size. */
export function sayRow([name, ...rest]: readonly string[]): void {
  print([name!.padEnd(44), ...rest.map((cell) => cell.padStart(12))].join(""));
}

function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}
