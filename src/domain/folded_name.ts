// The name of a job out of a name that was any text.

const NAME = /^[a-z0-9][a-z0-9_.-]{0,62}$/;

/** By a fixed rule: lower case, everything else than letters, digits, `_ . -` becomes `-`. */
export function foldName(label: string): string {
  const folded = label.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").toLowerCase()
    .replace(/[^a-z0-9_.-]+/g, "-").replace(/^[^a-z0-9]+/, "").slice(0, 63).replace(/-+$/, "");
  return NAME.test(folded) ? folded : "backup";
}
