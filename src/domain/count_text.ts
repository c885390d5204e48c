// How many of something there are, in words.

/** `1 job`, `2 jobs`; of what takes an `s`. */
export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
