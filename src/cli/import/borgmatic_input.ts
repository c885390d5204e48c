// Brings a configuration of borgmatic into one form: no sections, no older names, no constants, variables as ours are.

import { z } from "zod";
import { mapTexts } from "./foreign_yaml.ts";
import { type Borgmatic, BorgmaticSchema, SECTIONS } from "./borgmatic_schema.ts";
import { CannotImport, quoted } from "./imported.ts";

/** Older names of keys. */
const RENAMED: Readonly<Record<string, string>> = {
  numeric_owner: "numeric_ids",
  bsd_flags: "flags",
  remote_rate_limit: "upload_rate_limit",
};

type Values = Record<string, unknown>;

/** Throws `CannotImport` where a value is none that borgmatic takes. */
export function readBorgmatic(values: Values, file: string): Borgmatic {
  const { constants, ...rest } = flat(values);
  const known = z.record(z.string(), z.unknown()).safeParse(constants ?? {}).data ?? {};
  const filled = mapTexts(rest, (text, path) => withConstants(text, path, known));
  const result = BorgmaticSchema.safeParse(filled);
  if (result.success) return result.data;
  const said = result.error.issues.slice(0, 5).map(({ path, message }) => `${path.join(".")}: ${message}`);
  throw new CannotImport(`'${file}' is no configuration of borgmatic: ${said.join("; ")}`);
}

/** True for what looks like one. */
export function isBorgmatic(values: Values): boolean {
  const all = flat(values);
  return ["source_directories", "repositories", "patterns", "patterns_from"].some((key) => key in all);
}

function flat(values: Values): Values {
  const all: Values = { ...values };
  for (const section of SECTIONS) {
    const below = all[section];
    if (below !== null && typeof below !== "object" || Array.isArray(below)) continue;
    delete all[section];
    Object.assign(all, below);
  }
  for (const [old, name] of Object.entries(RENAMED)) {
    if (!(old in all)) continue;
    all[name] ??= all[old];
    delete all[old];
  }
  return all;
}

/** A constant becomes its value, and a number or flag where that is one; then variables are written as ours. */
function withConstants(text: string, path: readonly string[], constants: Values): unknown {
  const isCommand = path.some((key) => /^(before|after)_|^(on_error|run)$/.test(key));
  let changed = false;
  const filled = text.replace(/(\\)?\{(\w+)(\\)?\}/g, (whole, left, name: string, right) => {
    if (left && right) return isCommand ? whole : `{${name}}`;
    const value = Object.hasOwn(constants, name) ? constants[name] : undefined;
    if (value === undefined || value === null) return whole;
    changed = true;
    return isCommand ? quoted(String(value)) : String(value);
  });
  if (changed && /^-?\d+$/.test(filled)) return Number(filled);
  if (changed && /^(?:true|false)$/i.test(filled)) return filled.toLowerCase() === "true";
  return ourVariables(filled);
}

/** `${NAME}` and `${NAME:-default}` mean the same in both; whatever else begins so is a text. */
export function ourVariables(text: string): string {
  return text.replace(
    /(\\)?\$\{(?:([A-Za-z_]\w*)(?::?-([^}]+))?\})?/g,
    (whole, escaped: string | undefined, name: string | undefined, fallback: string | undefined) => {
      if (name === undefined) return `${escaped ?? ""}$$\{`;
      if (escaped) return `$${whole.slice(1)}`;
      return fallback === undefined ? `\${${name}}` : `\${${name}:-${fallback}}`;
    },
  );
}
