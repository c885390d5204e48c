// The program of one child process of the simulation: work as JSON in, a tally as JSON out.

import process from "node:process";
import { play, type Work } from "./work.ts";

const work: Work = JSON.parse(process.argv[2] ?? "");
process.stdout.write(`${JSON.stringify(await play(work))}\n`);
