// What a planted bug is: a textual patch, and who should notice it.

/** One planted bug. */
export interface PlantedBug {
  /** `G1` … are the original's defects, `P1` …, `S1` …, `A1` …, `D1` …, `L1` …, `J1` … and `F1` … our own worst ideas. */
  id: string;
  what: string;
  file: string;
  /** Must stand in the file exactly once. */
  find: string;
  replace: string;
  /** The part of the suite that should notice. */
  tests: string[];
  /** The simulation notices too, within 200 seeds. */
  simulated?: true;
}
