// The scenarios that once failed, each a file, so that what later seeds are made of does not change them.

import * as fs from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Scenario } from "./scenario.ts";

/** A scenario that once failed. */
export interface Regression {
  /** `seed 9584: …`, with what was found. */
  name: string;
  scenario: Scenario;
}

const FOLDER = fileURLToPath(new URL("./regressions/", import.meta.url));

/** All of them, by the name of their file. */
export function regressions(): Regression[] {
  return fs.readdirSync(FOLDER).sort().map((file) => {
    const { found, scenario } = JSON.parse(fs.readFileSync(join(FOLDER, file), "utf8"), thaw);
    return { name: `seed ${scenario.seed}: ${found}`, scenario };
  });
}

/** Keeps a scenario that fails, with a word on what it shows; answers the path of its file. */
export function keep(scenario: Scenario, found: string): string {
  const path = join(FOLDER, `${scenario.seed}.json`);
  fs.mkdirSync(FOLDER, { recursive: true });
  fs.writeFileSync(path, `${JSON.stringify({ found, scenario }, freeze, 2)}\n`);
  return path;
}

/** Sets, and the number JSON does not have, are told in words. */
function freeze(_: string, value: unknown): unknown {
  if (value instanceof Set) return { set: [...value] };
  return value === Infinity ? { number: "Infinity" } : value;
}

// deno-lint-ignore no-explicit-any
function thaw(_: string, value: any): unknown {
  if (Array.isArray(value?.set)) return new Set(value.set);
  // A policy from before there was this.
  if (typeof value?.minKeep === "number") return { keepWithinMs: 0, ...value };
  return value?.number === "Infinity" ? Infinity : value;
}
