// Judges values by their schema and says in plain words what is wrong with them.

import type { z } from "zod";
import type { Json } from "../../domain/job.ts";
import { didYouMean, nearestFew } from "../values/nearest.ts";
import { oddSpaceIn } from "../document/yaml_hints.ts";
import { shown } from "../document/redact.ts";
import type { Finding, Report } from "../document/report.ts";
import { otherWord } from "./other_words.ts";
import { rightForm } from "./right_forms.ts";
import { keysAt } from "./schema.ts";
import {
  isMapping,
  type Mapping,
  markAt,
  markEntry,
  type Marks,
  type Path,
  valueAt,
} from "../document/tree.ts";

const MANY_JOBS = 100;

/**
 * Checks the value at `path` against its schema, reports every issue, and drops what is wrong, so that the rest can
 * be judged too. Undefined when even the rest is no whole value.
 */
export function checkShape<T>(
  schema: z.ZodType<T>,
  root: Mapping,
  path: Path,
  marks: Marks,
  report: Report,
  schemaPath: Path = path,
): T | undefined {
  let value = valueAt(root, path);
  // zod makes code for each schema it uses: that pays over many jobs, and for few it takes longer than it saves.
  const how = { jitless: !Array.isArray(root.jobs) || root.jobs.length < MANY_JOBS };
  let result = schema.safeParse(value, how);
  if (!result.success && retype(root, path, result.error, marks)) result = schema.safeParse(value, how);
  if (result.success) return result.data;
  const context = { root, path, marks, report, schemaPath };
  const issues = result.error.issues.flatMap((issue) => flatten(issue, value, []));
  for (const issue of issues) reportIssue(context, issue);
  for (const issue of issues) drop(root, [...path, ...issue.path as Path], issue, path.length);
  value = valueAt(root, path);
  result = schema.safeParse(value, how);
  if (result.success) return result.data;
  // What is left of a part may be no whole part: then all of it goes.
  for (const issue of result.error.issues) {
    const key = issue.path[0];
    if (isMapping(value) && typeof key === "string") delete value[key];
  }
  result = schema.safeParse(value, how);
  return result.success ? result.data : undefined;
}

type Issue = z.core.$ZodIssue;

/** Picks the branch of a union that the value was meant for and lifts its issues. */
function flatten(issue: Issue, top: Json | undefined, prefix: Path): Issue[] {
  const path = [...prefix, ...issue.path as Path];
  if (issue.code !== "invalid_union") return [{ ...issue, path: path as PropertyKey[] }];
  const meant = issue.errors.find((branch) =>
    !branch.some((inner) => inner.path.length === 0 && ["invalid_type", "invalid_value"].includes(inner.code))
  );
  if (meant !== undefined) return meant.flatMap((inner) => flatten(inner, top, path));
  return [{ ...issue, path: path as PropertyKey[] }];
}

/** Turns text that `${…}` gave into a number or a truth value where one is expected. */
function retype(root: Mapping, path: Path, error: z.ZodError, marks: Marks): boolean {
  let changed = false;
  for (const issue of error.issues.flatMap((issue) => flatten(issue, null, []))) {
    if (issue.code !== "invalid_type" && issue.code !== "invalid_union") continue;
    const full = [...path, ...issue.path as Path];
    const mark = markAt(root, marks, full);
    const text = valueAt(root, full);
    if (mark?.raw === undefined || typeof text !== "string") continue;
    const typed = text === "true"
      ? true
      : text === "false"
      ? false
      : /^-?\d{1,15}$/.test(text)
      ? Number(text)
      : undefined;
    if (typed === undefined) continue;
    const holder = valueAt(root, full.slice(0, -1)) as Mapping;
    holder[full[full.length - 1]!] = typed;
    markEntry(marks, holder, full[full.length - 1]!, mark);
    changed = true;
  }
  return changed;
}

interface Context {
  root: Mapping;
  path: Path;
  marks: Marks;
  report: Report;
  schemaPath: Path;
}

function reportIssue(context: Context, issue: Issue): void {
  const inner = issue.path as Path;
  const path = [...context.path, ...inner];
  if (issue.code === "unrecognized_keys") {
    const holder = valueAt(context.root, path);
    const known = keysAt([...context.schemaPath, ...inner], isMapping(holder) ? holder.type : undefined);
    for (const key of issue.keys.filter((key) => !isExtension(key))) {
      context.report.add([...path, key], { ...unknownKey(key, known), atKey: true });
    }
    return;
  }
  const value = valueAt(context.root, path);
  const mark = markAt(context.root, context.marks, path);
  const text = shown(value, path, mark);
  const finding = withForm(describe(issue, value, text), issue, path, { value, text });
  context.report.add(path, { ...finding, atKey: issue.code === "invalid_key" });
}

/** Where a value has another form than is expected, what the right one looks like. */
function withForm(
  finding: Finding,
  issue: Issue,
  path: Path,
  { value, text }: { value: Json | undefined; text: string },
): Finding {
  if (path.at(-1) === "keep_last" && /^'(unlimited|all|-1)'$/.test(text)) {
    return { ...finding, hint: "to delete nothing, write retention: keep_all" };
  }
  const isForm = issue.code === "invalid_union" ||
    (issue.code === "invalid_type" && ["array", "object", "record"].includes(issue.expected));
  if (!isForm || finding.hint !== undefined) return finding;
  const form = rightForm(path, value);
  if (form !== undefined) return { ...finding, hint: `for example ${path.at(-1)}: ${form}` };
  const isList = issue.code === "invalid_type" && issue.expected === "array";
  return isList && text.startsWith("'") ? { ...finding, hint: `put it in brackets: [${text}]` } : finding;
}

/** True for a key of the user's own (`x-notes`): it means nothing here, and mostly holds an anchor for others. */
export function isExtension(key: string): boolean {
  return key.startsWith("x-");
}

/** What is said about a key that the schema does not have. */
export function unknownKey(key: string, known: string[]): Finding {
  const name = `unknown key '${key.slice(0, 80)}'`;
  const odd = oddSpaceIn(key);
  if (odd !== undefined) return { message: name, hint: `it holds ${odd}: type it again with plain letters` };
  const hint = otherWord(key, known) ?? didYouMean(key, known);
  if (hint !== undefined) return { message: name, hint };
  if (known.length === 0) return { message: name };
  if (known.length <= FEW_KEYS) return { message: `${name}: expected one of ${known.join(", ")}` };
  return {
    message: `${name}: the nearest are ${listWords(nearestFew(key, known, 3), "and")}`,
    hint: "all of them: docs/configuration.md, `schelly config schema`",
  };
}

/** So many keys are all named beside one that is not among them. */
const FEW_KEYS = 8;

/** A leaf's own message continues the sentence that the value begins. */
const OWN_MESSAGE = /^(is|has|names) /;

function describe(issue: Issue, value: Json | undefined, text: string): Finding {
  const expectation = /expected [^]*$/.exec(issue.message)?.[0];
  if (value === null && OWN_MESSAGE.test(issue.message)) {
    return { message: `empty: ${expectation ?? "expected a value"}` };
  }
  if (OWN_MESSAGE.test(issue.message)) return { message: `${text} ${issue.message}` };
  switch (issue.code) {
    case "invalid_type": {
      const expected = TYPE_WORDS[issue.expected] ?? issue.expected;
      if (value === undefined) return { message: `missing: expected ${expected}` };
      if (value === null) return { message: `empty: expected ${expected}` };
      const hint = typeHint(issue.expected, value);
      return { message: `${text} is not ${expected}`, ...(hint === undefined ? {} : { hint }) };
    }
    case "invalid_value": {
      const words = issue.values.map(String);
      if (value === undefined) return { message: `missing: expected ${listWords(words)}` };
      const hint = typeof value === "string" ? didYouMean(value, words) : undefined;
      return {
        message: `${text} is not known: expected ${listWords(words)}`,
        ...(hint === undefined ? {} : { hint }),
      };
    }
    case "too_small":
      if (issue.origin === "array" || issue.origin === "string") {
        return {
          message: `${
            value === "" || Array.isArray(value) ? "empty" : text
          }: expected at least ${issue.minimum}`,
        };
      }
      return { message: `${text} is too small: expected at least ${issue.minimum}` };
    case "too_big":
      return { message: `${text} is too large: expected at most ${issue.maximum}` };
    case "invalid_key":
      return { message: `the name is not allowed: expected ${NAME_WORDS}` };
    case "invalid_union":
      return describeUnion(issue, value, text);
    default:
      return { message: `${text} does not fit: ${issue.message}` };
  }
}

const NAME_WORDS = "lower case letters, digits, _ . -, at most 63, beginning with a letter or digit";

const TYPE_WORDS: Record<string, string> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "a mapping with keys",
  record: "a mapping with keys",
};

function typeHint(expected: string, value: Json): string | undefined {
  if (expected === "string" && typeof value !== "object") return "put it in quotes";
  if (expected !== "boolean" || typeof value !== "string") return undefined;
  if (/^(yes|on|y)$/i.test(value)) return "write true";
  return /^(no|off|n)$/i.test(value) ? "write false" : undefined;
}

function describeUnion(
  issue: Issue & { code: "invalid_union" },
  value: Json | undefined,
  text: string,
): Finding {
  const options = "options" in issue && Array.isArray(issue.options) ? issue.options.map(String) : [];
  const words = new Set<string>(options);
  const literals: string[] = [...options];
  for (const inner of issue.errors.flat()) {
    if (inner.code === "invalid_type") words.add(TYPE_WORDS[inner.expected] ?? inner.expected);
    if (inner.code !== "invalid_value") continue;
    for (const literal of inner.values.map(String)) {
      words.add(literal);
      literals.push(literal);
    }
  }
  // A number without its unit is nearest to what says so.
  const own = typeof value === "number"
    ? issue.errors.flat().find(({ message, path }) => path.length === 0 && OWN_MESSAGE.test(message))
    : undefined;
  if (own !== undefined) {
    return { message: `${text} ${own.message}${literals.length === 0 ? "" : `, or ${listWords(literals)}`}` };
  }
  const expected = `expected ${listWords([...words])}`;
  if (value === undefined) return { message: `missing: ${expected}` };
  const hint = typeof value === "string" ? didYouMean(value, literals) : undefined;
  return { message: `${text} does not fit: ${expected}`, ...(hint === undefined ? {} : { hint }) };
}

/** `a, b or c`. */
function listWords(words: string[], joint: "or" | "and" = "or"): string {
  const last = words[words.length - 1] ?? "";
  return words.length < 2 ? last : `${words.slice(0, -1).join(", ")} ${joint} ${last}`;
}

/** Takes a bad value out, or the whole list that holds it; a missing one leaves nothing to take out. */
function drop(root: Mapping, full: Path, issue: Issue, floor: number): void {
  if (issue.code === "unrecognized_keys") {
    const holder = valueAt(root, full);
    if (isMapping(holder)) issue.keys.forEach((key) => delete holder[key]);
    return;
  }
  let path = full;
  while (path.length > floor && Array.isArray(valueAt(root, path.slice(0, -1)))) path = path.slice(0, -1);
  const holder = valueAt(root, path.slice(0, -1));
  if (path.length > floor && isMapping(holder)) delete holder[path[path.length - 1]!];
}
