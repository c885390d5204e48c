// One YAML text becomes plain values with marks; everything that is unclear in YAML is refused here.

import { isMap, isScalar, LineCounter, parseAllDocuments } from "yaml";
import { isMapping, type Mapping, type Marks, type SourceFile } from "./tree.ts";
import { Conversion, type TextIssue, TOO_DEEP } from "./yaml_values.ts";

/** A text longer than this is refused unread. */
export const MAX_TEXT_BYTES = 1024 * 1024;
const MAX_SYNTAX_ISSUES = 20;

export interface YamlDocument {
  source: SourceFile;
  /** Undefined when the text cannot be read at all. */
  tree: Mapping | undefined;
  issues: TextIssue[];
  /** Variables named in values. */
  variables: Set<string>;
}

/** Reads one document; never throws for any text. */
export function parseYaml(
  name: string,
  text: string,
  env: Record<string, string>,
  marks: Marks,
): YamlDocument {
  const lines = new LineCounter();
  const source: SourceFile = {
    name,
    text,
    position(offset) {
      const { line, col } = lines.linePos(Math.min(offset, text.length));
      return { line: Math.max(1, line), column: Math.max(1, col) };
    },
  };
  const document: YamlDocument = { source, tree: undefined, issues: [], variables: new Set() };
  const control = text.search(CONTROL);
  if (control >= 0) {
    lines.addNewLine(0);
    for (let at = text.indexOf("\n"); at >= 0 && at < control; at = text.indexOf("\n", at + 1)) {
      lines.addNewLine(at + 1);
    }
    const code = text.charCodeAt(control).toString(16).padStart(4, "0");
    document.issues.push({
      offset: control,
      message: `the control character U+${code.toUpperCase()} is not allowed: expected a YAML text file`,
    });
    return document;
  }
  const deep = tooDeepAt(text);
  if (deep !== undefined) {
    lines.addNewLine(0);
    for (let at = text.indexOf("\n"); at >= 0 && at < deep; at = text.indexOf("\n", at + 1)) {
      lines.addNewLine(at + 1);
    }
    document.issues.push({ offset: deep, message: TOO_DEEP });
    return document;
  }
  let parsed;
  try {
    parsed = parseAllDocuments(text, {
      lineCounter: lines,
      prettyErrors: false,
      strict: true,
      uniqueKeys: false,
      version: "1.2",
      logLevel: "error",
    });
  } catch (error) {
    const deep = error instanceof RangeError;
    document.issues.push({
      offset: 0,
      message: deep ? TOO_DEEP : `the text is not YAML: ${error instanceof Error ? error.message : error}`,
    });
    return document;
  }
  const first = parsed[0];
  if (first === undefined || ("empty" in parsed && parsed.empty)) {
    document.issues.push({
      offset: 0,
      message: "the document is empty: expected at least 'jobs'",
    });
    return document;
  }
  const told = new Set<number>();
  for (const problem of [...first.errors, ...first.warnings]) {
    // One on a line: the others follow from it.
    const { line } = source.position(problem.pos[0]);
    if (told.has(line) || told.size >= MAX_SYNTAX_ISSUES) continue;
    told.add(line);
    document.issues.push(syntaxIssue(problem.code, problem.message, problem.pos[0]));
  }
  if (parsed.length > 1) {
    document.issues.push({
      offset: parsed[1]!.range[0],
      message: "a second document begins here: expected one document in a file",
      hint: "put it in a file of its own in a configuration folder",
    });
  }
  if (first.directives.yaml.explicit && first.directives.yaml.version !== "1.2") {
    document.issues.push({
      offset: 0,
      message: `YAML ${first.directives.yaml.version} is not supported: expected YAML 1.2`,
    });
  }
  if (document.issues.length > 0) return document;
  if (!isMap(first.contents)) {
    document.issues.push({
      offset: first.contents?.range?.[0] ?? 0,
      message: first.contents === null || isScalar(first.contents) && first.contents.value === null
        ? "the document is empty: expected at least 'jobs'"
        : "the document is no mapping: expected keys such as 'jobs:'",
    });
    return document;
  }
  const conversion = new Conversion(document, env, marks);
  const tree = conversion.convert(first.contents);
  if (isMapping(tree) && !conversion.stopped) document.tree = tree;
  return document;
}

/** Brackets or list signs within one another: no configuration has so many, and the parser's stack has an end. */
const MOST_NESTED = 500;
const NESTED_SIGNS = new RegExp(`(?:[-?][ \\t]+){${MOST_NESTED}}`);

/** Where the nesting is deeper than the parser can be trusted with; brackets in quotes are counted too. */
function tooDeepAt(text: string): number | undefined {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const sign = text.charCodeAt(at);
    // [ and {, ] and }
    if (sign === 0x5b || sign === 0x7b) depth++;
    else if ((sign === 0x5d || sign === 0x7d) && depth > 0) depth--;
    if (depth > MOST_NESTED) return at;
  }
  const signs = text.search(NESTED_SIGNS);
  return signs < 0 ? undefined : signs;
}

// deno-lint-ignore no-control-regex
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ufffe\uffff]/;

function syntaxIssue(code: string, message: string, offset: number): TextIssue {
  switch (code) {
    case "TAB_AS_INDENT":
      return { offset, message: "a tab is used to indent", hint: "use spaces" };
    case "TAG_RESOLVE_FAILED":
      return { offset, message: `${lowerFirst(message)}: expected no tags`, hint: "remove the tag" };
    case "MULTIPLE_DOCS":
      return { offset, message: "a second document begins here: expected one document in a file" };
    default: {
      if (/maximum call stack/i.test(message)) return { offset, message: TOO_DEEP };
      const sentence = lowerFirst(message.replace(/\s+/g, " ").slice(0, 200));
      const hint = /alias/i.test(message)
        ? "put text that begins with * or & in quotes"
        : /block scalar indicator/.test(message)
        ? 'put text that begins with > or | in quotes, such as ">=12"'
        : /flow-map-start/.test(message)
        ? "put ${…} in quotes within { } and [ ]"
        : undefined;
      return { offset, message: `not valid YAML: ${sentence}`, ...(hint === undefined ? {} : { hint }) };
    }
  }
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
