// How much of a state file holds nothing any more.

/** The pages of a state file. */
export interface Room {
  /** Of the file, once its log is written back. */
  bytes: number;
  /** Of these, those in pages that hold nothing. */
  freeBytes: number;
  pageBytes: number;
  /** Free pages can be given back while the file is in use: it was made so. */
  isInSlices: boolean;
}

const INCREMENTAL = 2;

const SQL = "SELECT page_count, page_size, freelist_count, auto_vacuum " +
  "FROM pragma_page_count, pragma_page_size, pragma_freelist_count, pragma_auto_vacuum";

/** What reads rows of the file. */
interface Reader {
  read(statement: { sql: string; args: [] }): Promise<ArrayLike<unknown>[]>;
}

/** Of an open file. Rejects as `read` does. */
export async function readRoom(database: Reader): Promise<Room> {
  const [row] = await database.read({ sql: SQL, args: [] });
  const [pages, pageBytes, free, kind] = Array.from(row!, Number) as [number, number, number, number];
  return {
    bytes: pages * pageBytes,
    freeBytes: free * pageBytes,
    pageBytes,
    isInSlices: kind === INCREMENTAL,
  };
}
