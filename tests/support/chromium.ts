// Where this machine has a Chromium.

import { existsSync } from "node:fs";
import process from "node:process";

/** What it is called here and there. */
export const CHROMIUM_NAMES = ["chromium", "chromium-browser", "google-chrome"];

/** The path of the first that is there; undefined: none is. */
export function findChromium(): string | undefined {
  const folders = (process.env.PATH ?? "").split(":").filter((folder) => folder !== "");
  return CHROMIUM_NAMES.flatMap((name) => folders.map((folder) => `${folder}/${name}`)).find((path) =>
    existsSync(path)
  );
}
