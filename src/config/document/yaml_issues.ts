// What is wrong with a YAML text as such, told before its values are looked at.

import { type Document, isScalar, type ParsedNode } from "yaml";
import type { SourceFile } from "./tree.ts";
import { confusionAt } from "./yaml_hints.ts";
import { type TextIssue, TOO_DEEP } from "./yaml_values.ts";

/** What a document without values is told. */
export const EMPTY = "the document is empty: expected at least 'jobs'";

const MAX_SYNTAX_ISSUES = 20;

// deno-lint-ignore no-control-regex
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ufffe\uffff]/;

/** Brackets or list signs within one another: no configuration has so many, and the parser's stack has an end. */
const MOST_NESTED = 500;
const NESTED_SIGNS = new RegExp(`(?:[-?][ \\t]+){${MOST_NESTED}}`);

/** Why a text is not even given to the parser; undefined for one that may be. */
export function refusalOf(text: string): TextIssue | undefined {
  const control = text.search(CONTROL);
  if (control >= 0) {
    const code = text.charCodeAt(control).toString(16).padStart(4, "0");
    return {
      offset: control,
      message: `the control character U+${code.toUpperCase()} is not allowed: expected a YAML text file`,
    };
  }
  const deep = tooDeepAt(text);
  return deep === undefined ? undefined : { offset: deep, message: TOO_DEEP };
}

/** Where the nesting is deeper than the parser can be trusted with; brackets in quotes are counted too. */
function tooDeepAt(text: string): number | undefined {
  let depth = 0;
  const brackets = /[[\]{}]/g;
  while (brackets.test(text)) {
    const at = brackets.lastIndex - 1;
    const sign = text[at];
    if (sign === "[" || sign === "{") depth++;
    else if (depth > 0) depth--;
    if (depth > MOST_NESTED) return at;
  }
  const signs = text.search(NESTED_SIGNS);
  return signs < 0 ? undefined : signs;
}

/** What the parser threw. */
export function thrownIssue(error: unknown): TextIssue {
  return {
    offset: 0,
    message: error instanceof RangeError
      ? TOO_DEEP
      : `the text is not YAML: ${error instanceof Error ? error.message : error}`,
  };
}

/** What the parser found in the first document of a text, and that there is a second one. */
export function issuesOf(
  first: Document.Parsed,
  second: Document.Parsed | undefined,
  source: SourceFile,
): TextIssue[] {
  const issues: TextIssue[] = [];
  const told = new Set<number>();
  for (const problem of [...first.errors, ...first.warnings]) {
    // One on a line: the others follow from it.
    const { line } = source.position(problem.pos[0]);
    if (told.has(line) || told.size >= MAX_SYNTAX_ISSUES) continue;
    told.add(line);
    issues.push(syntaxIssue(problem.code, problem.message, problem.pos[0], source.text));
  }
  if (second !== undefined) {
    issues.push({
      offset: second.range[0],
      message: "a second document begins here: expected one document in a file",
      hint: "put it in a file of its own in a configuration folder",
    });
  }
  const { explicit, version } = first.directives.yaml;
  if (explicit && version !== "1.2") {
    issues.push({ offset: 0, message: `YAML ${version} is not supported: expected YAML 1.2` });
  }
  return issues;
}

/** What is told of a document that is no mapping. */
export function contentsIssue(contents: ParsedNode | null): TextIssue {
  return {
    offset: contents?.range?.[0] ?? 0,
    message: contents === null || isScalar(contents) && contents.value === null
      ? EMPTY
      : "the document is no mapping: expected keys such as 'jobs:'",
  };
}

function syntaxIssue(code: string, message: string, offset: number, text: string): TextIssue {
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
      const confusion = confusionAt(text, offset, code);
      if (confusion !== undefined) {
        const { offset, message = sentence, hint } = confusion;
        return { offset, message: `not valid YAML: ${message}`, hint };
      }
      const hint = /alias|unexpected scalar at node end/i.test(message)
        ? "put text that begins with * or & in quotes"
        : /reserved character/.test(message)
        ? "put text that begins with @ or ` in quotes"
        : /block scalar indicator/.test(message)
        ? 'put text that begins with > or | in quotes, such as ">=12"'
        : /flow-map-start/.test(message)
        ? "put ${…} in quotes within { } and [ ]"
        : /escape sequence/.test(message)
        ? "put text with \\ in single quotes: '…'"
        : /Flow (map|sequence) in block/.test(message)
        ? "a bracket that opens before this is not closed: look for its { or ["
        : /block sequence may not|block-seq-ind/.test(message)
        ? "each '- ' of a list stands on a line of its own, all of them in the same column"
        : undefined;
      return { offset, message: `not valid YAML: ${sentence}`, ...(hint === undefined ? {} : { hint }) };
    }
  }
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
