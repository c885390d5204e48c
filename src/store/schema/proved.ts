// Which backups are proved: what election reads of verifications. A change of it is counted beside the other changes that election
// reads, and told apart from them: it needs no full election.

/** SQL over a row of `runs`: its last verification passed. */
export const IS_PROVED: string = "verification IS 'passed'";

const counts = "'available', 'missing', 'deleting', 'delete-error', 'deleted'";
const isProved = (row: string) => `${row}.verification IS 'passed'`;

/** The migration that counts them. Released: never changed. */
export const PROVED_MIGRATION: readonly string[] = [
  "ALTER TABLE runs ADD COLUMN proof_stamp INTEGER",
  "CREATE INDEX runs_proof_stamp ON runs (job, proof_stamp) WHERE proof_stamp IS NOT NULL",
  `CREATE TRIGGER runs_proved AFTER UPDATE OF verification ON runs
    WHEN (${isProved("old")}) <> (${isProved("new")}) AND new.status IN (${counts}) BEGIN
    UPDATE jobs SET revision = revision + 1, changes = changes + 1 WHERE job = new.job;
    UPDATE runs SET proof_stamp = (SELECT changes FROM jobs WHERE job = new.job) WHERE run_id = new.run_id;
  END`,
];
