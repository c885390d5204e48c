// The SQL that lets the texts of guards name a job as it is called now.

/** Before the name of a job wherever a guard's text names one; a quotation mark ends it. */
const NAMED = [
  "job '",
  "'schelly retention show ",
  "'schelly retention approve ",
  "'schelly backups import --job ",
];

const named = (text: string, before: string) => {
  const [start, end] = [before, "'"].map((piece) => `'${piece.replaceAll("'", "''")}'`);
  return `replace(${text}, ${start} || (e.value ->> 0) || ${end}, ${start} || (e.value ->> 1) || ${end})`;
};

/**
 * Rows: former name, name. Every guard, for that of another job may name it too; after the rename, and only where it was
 * done: then nothing bears the former name.
 */
export const RENAME_IN_GUARDS: string =
  `UPDATE latches SET message = ${NAMED.reduce(named, "latches.message")} FROM json_each(?1) AS e ` +
  "WHERE instr(latches.message, e.value ->> 0) > 0 AND EXISTS (SELECT 1 FROM jobs WHERE jobs.job = e.value ->> 1) " +
  "AND NOT EXISTS (SELECT 1 FROM jobs WHERE jobs.job = e.value ->> 0)";
