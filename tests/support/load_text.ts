// Loads a configuration from texts in memory, for tests.

import assert from "node:assert/strict";
import type { Config } from "../../src/config/values/config.ts";
import { loadConfig, type LoadRequest } from "../../src/config/load.ts";
import { ConfigError, formatIssue } from "../../src/domain/errors.ts";
import { MemoryFiles } from "./memory_files.ts";

export interface LoadOptions {
  env?: Record<string, string>;
  flags?: LoadRequest["flags"];
  secrets?: "required" | "optional";
  edit?: LoadRequest["edit"];
  /** By absolute path; the text itself is `/home/me/schelly.yaml`. */
  files?: Record<string, string | Uint8Array>;
  prepare?: (files: MemoryFiles) => void;
  tlsTrouble?: LoadRequest["tlsTrouble"];
}

/** The instant at which tests load: 2026-11-20 12:00 UTC. */
export const NOW = Date.UTC(2026, 10, 20, 12);

/** Loads `text` as ./schelly.yaml; null: there is none. */
export function load(text: string | null, options: LoadOptions = {}): Promise<Config> {
  const files = new MemoryFiles(options.files);
  if (text !== null) files.put("/home/me/schelly.yaml", text);
  options.prepare?.(files);
  return loadConfig({
    flags: options.flags ?? {},
    env: options.env ?? {},
    files,
    now: NOW,
    ...(options.tlsTrouble === undefined ? {} : { tlsTrouble: options.tlsTrouble }),
    ...(options.secrets === undefined ? {} : { secrets: options.secrets }),
    ...(options.edit === undefined ? {} : { edit: options.edit }),
  });
}

/** The issues of a configuration that must be refused, as users read them. */
export async function issuesOf(text: string | null, options: LoadOptions = {}): Promise<string[]> {
  try {
    await load(text, options);
  } catch (error) {
    assert.ok(error instanceof ConfigError, `expected a ConfigError: ${error}`);
    return error.issues.map((issue) =>
      (issue.severity === "error" ? "" : `${issue.severity} `) + formatIssue(issue)
    );
  }
  return assert.fail("the configuration was accepted");
}

/** The warnings and notes of a configuration that must be accepted. */
export async function notesOf(text: string | null, options: LoadOptions = {}): Promise<string[]> {
  const config = await load(text, options);
  return config.notes.map((note) => `${note.severity} ${formatIssue(note)}`);
}
