// Reads YAML of another program: plain values only, with what cannot be followed refused by name.

import { parseAllDocuments, visit } from "yaml";
import { CannotImport } from "./imported.ts";

/** As large as a configuration of ours may be. */
const MOST_BYTES = 1 << 20;
const MOST_ALIASES = 1_000;

/** The mapping that a text holds; `tagAdvice` says what to do about a tag such as `!include`. */
export function readForeignYaml(
  text: string,
  file: string,
  tagAdvice: (tag: string) => string,
): Record<string, unknown> {
  if (text.length > MOST_BYTES) throw new CannotImport(`'${file}' is larger than 1 MiB: expected YAML`);
  const documents = parseAllDocuments(text, { merge: true, logLevel: "silent" });
  if (!Array.isArray(documents) || documents.length === 0) throw new CannotImport(`'${file}' is empty`);
  if (documents.length > 1) throw new CannotImport(`'${file}' holds several documents: expected one`);
  const [document] = documents;
  // Tags come first: one of them makes a warning of the parser, too.
  visit(document!, {
    Node(_, node) {
      const tag = node.tag;
      if (tag?.startsWith("!")) throw new CannotImport(`'${file}' has the tag ${tag}: ${tagAdvice(tag)}`);
    },
  });
  const trouble = document!.errors[0] ?? document!.warnings[0];
  if (trouble !== undefined) {
    throw new CannotImport(`'${file}' is not valid YAML: ${trouble.message.split("\n")[0]}`);
  }
  const value = plain(() => document!.toJS({ maxAliasCount: MOST_ALIASES }), file);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new CannotImport(`'${file}' is no mapping of keys to values`);
  }
  return value as Record<string, unknown>;
}

function plain(read: () => unknown, file: string): unknown {
  try {
    return read();
  } catch (error) {
    throw new CannotImport(`'${file}' cannot be read: ${error instanceof Error ? error.message : error}`);
  }
}

/** Every text below a value, changed. */
export function mapTexts(
  value: unknown,
  change: (text: string, path: readonly string[]) => unknown,
): unknown {
  const walk = (one: unknown, path: readonly string[]): unknown => {
    if (typeof one === "string") return change(one, path);
    if (Array.isArray(one)) return one.map((item) => walk(item, path));
    if (typeof one !== "object" || one === null) return one;
    return Object.fromEntries(Object.entries(one).map(([key, item]) => [key, walk(item, [...path, key])]));
  };
  return walk(value, []);
}
