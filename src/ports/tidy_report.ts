// What tidying the store comes to.

/** What one call of `tidy` did, in rows. */
export interface TidyReport {
  /** Skipped and expired rows that became part of a range row. */
  folded: number;
  /** Failed rows removed. */
  removed: number;
  /** Deleted and failed rows reduced to ids and times. */
  shrunk: number;
  /** There is more to do: call again soon. */
  more: boolean;
}
