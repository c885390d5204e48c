// What a planted bug is: a textual patch, and who should notice it.

/** One planted bug. */
export interface PlantedBug {
  /** A letter for its kind, and a number: `G1` … are the original's defects, all others our own worst ideas. */
  id: string;
  what: string;
  file: string;
  /** Must stand in the file exactly once. */
  find: string;
  replace: string;
  /** The part of the suite that should notice; none where it is the simulation alone. */
  tests: string[];
  /** The simulation notices too, within 200 seeds; `builtin`: that of worlds of built-ins. */
  simulated?: true | "builtin";
  /** The first of these seeds, near one that showed it; default 1. */
  from?: number;
  /** What shows is that a test does not end: one that is ended by the time limit has noticed. */
  hangs?: true;
}
