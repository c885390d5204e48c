// Collects everything that is wrong, each with the position where it was written.

import { type ConfigIssue, formatIssue } from "../../domain/errors.ts";
import { excerptOf } from "./excerpt.ts";
import { redactUrl, shown } from "./redact.ts";
import {
  formatPath,
  type Mapping,
  type Mark,
  markAt,
  type Marks,
  type Path,
  type SourceFile,
} from "./tree.ts";
import { unexpander } from "./variables.ts";

const MAX_ISSUES = 200;
const MAX_EXCERPTS = 50;

/** Words for what a variable or flag gave. */
const ENVIRONMENT = "environment";
const COMMAND_LINE = "command line";

/** What is said about one value. */
export interface Finding {
  message: string;
  hint?: string;
  /** Point at the key rather than at the value. */
  atKey?: boolean;
  severity?: ConfigIssue["severity"];
}

/** The issues of one load. */
export class Report {
  readonly #issues = new Map<string, ConfigIssue>();
  /** Paths with an issue, and every path above one. */
  readonly #above = new Set<string>();
  readonly #bad = new Set<string>();
  readonly #fileOrder = new Map<string, number>();
  #dropped = 0;
  /** An error is among those that are not shown. */
  #hidesError = false;
  #said = 0;
  #unexpand = (text: string) => text;

  constructor(
    private readonly root: Mapping,
    private readonly marks: Marks,
  ) {}

  /**
   * Adds an issue about a value, unless one was told before about that value, a part of it or what holds it.
   */
  add(path: Path, finding: Finding): void {
    this.#said++;
    if (this.isTainted(path)) return;
    if ((finding.severity ?? "error") === "error") this.taint(path);
    if (markAt(this.root, this.marks, path)?.told === true) return;
    this.#keep(
      { ...this.#position(path, finding.atKey ?? false), ...issueText(finding) },
      this.#sourceAt(path),
      path,
    );
  }

  /** How often anything was to be said so far, whether or not it was said before. */
  get said(): number {
    return this.#said;
  }

  /** From now on no issue shows what these variables hold, but their names. */
  hideValues(env: Record<string, string>, names: Iterable<string>): void {
    this.#unexpand = unexpander(env, names);
  }

  /** The value at a path as a message may show it: in quotes, as it was written, never a secret. */
  shown(path: Path, value: string): string {
    return shown(value, path, markAt(this.root, this.marks, path));
  }

  /** The text at a path as it was written, where a variable gave a part of it. */
  templateOf(path: Path): string | undefined {
    const raw = markAt(this.root, this.marks, path)?.raw;
    return raw === undefined ? undefined : redactUrl(raw);
  }

  /** Adds an issue of a file as such. */
  addAt(source: SourceFile | string, offset: number | undefined, finding: Finding, path: Path = []): void {
    const position = typeof source === "string"
      ? { file: source }
      : { file: source.name, ...(offset === undefined ? {} : source.position(offset)) };
    this.#keep(
      { ...position, path: formatPath(path), ...issueText(finding) },
      typeof source === "string" ? undefined : source,
      path,
    );
  }

  /** Adds an issue about an environment variable. */
  addVariable(name: string, finding: Finding): void {
    this.#keep({ file: ENVIRONMENT, path: name, ...issueText(finding) });
  }

  /** From now on nothing more is said about this value. */
  taint(path: Path): void {
    this.#said++;
    this.#bad.add(formatPath(path));
    for (let length = path.length; length > 0; length--) this.#above.add(formatPath(path.slice(0, length)));
  }

  /** True when the value, a part of it, or what holds it has an issue. */
  isTainted(path: Path): boolean {
    if (this.#above.has(formatPath(path))) return true;
    for (let length = path.length - 1; length > 0; length--) {
      if (this.#bad.has(formatPath(path.slice(0, length)))) return true;
    }
    return false;
  }

  /** `schelly.yaml:12`, `env LISTEN_IP`, `flag --listen`; undefined when nothing was written there. */
  sourceOf(path: Path): string | undefined {
    const mark = markAt(this.root, this.marks, path);
    if (mark?.flag !== undefined) return `flag ${mark.flag}`;
    if (mark?.variable !== undefined) return `env ${mark.variable}`;
    return mark?.source === undefined
      ? undefined
      : `${mark.source.name}:${mark.source.position(mark.keyAt ?? 0).line}`;
  }

  /** The position of a value as a sentence names it. */
  positionText(path: Path): string {
    const position = this.#position(path, true);
    return [position.file, position.line].filter((part) => part !== undefined).join(":") +
      (position.line === undefined ? ` ${position.path}` : "");
  }

  /** Where a value was written: the file with line and column, or the variable. */
  positionOf(path: Path): Pick<ConfigIssue, "file" | "line" | "column" | "path"> {
    return this.#position(path, false);
  }

  hasErrors(): boolean {
    return this.errors().length > 0;
  }

  errors(): ConfigIssue[] {
    return this.sorted().filter((issue) => issue.severity === "error");
  }

  /** All issues in reading order. */
  sorted(): ConfigIssue[] {
    const order = (issue: ConfigIssue) => this.#fileOrder.get(issue.file) ?? 0;
    const sorted = [...this.#issues.values()].sort((a, b) =>
      order(a) - order(b) || (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0)
    );
    if (this.#dropped > 0) {
      sorted.push({
        file: sorted[0]!.file,
        path: "",
        message: `${this.#dropped} more issues are not shown: fix these first`,
        more: this.#dropped,
        severity: this.#hidesError ? "error" : "warning",
      });
    }
    return sorted;
  }

  #keep(found: ConfigIssue, source?: SourceFile, path: Path = []): void {
    this.#said++;
    const { message, hint } = found;
    const issue = { ...found, message: this.#unexpand(message) };
    if (hint !== undefined) issue.hint = this.#unexpand(hint);
    const text = formatIssue(issue);
    if (this.#issues.has(text)) return;
    if (this.#issues.size >= MAX_ISSUES && !this.#makeRoom(issue)) return;
    if (!this.#fileOrder.has(issue.file)) this.#fileOrder.set(issue.file, this.#fileOrder.size);
    this.#issues.set(text, { ...issue, ...this.#excerpt(issue, source, path) });
  }

  /** What stands in the way of a start is shown before what does not. */
  #makeRoom({ severity }: ConfigIssue): boolean {
    this.#dropped++;
    const least = severity === "error"
      ? [...this.#issues].findLast(([, known]) => known.severity !== "error")
      : undefined;
    if (least !== undefined) this.#issues.delete(least[0]);
    else this.#hidesError ||= severity === "error";
    return least !== undefined;
  }

  /** The line, for the first ones of those that have a position in a file. */
  #excerpt(
    { line, column }: ConfigIssue,
    source: SourceFile | undefined,
    path: Path,
  ): Pick<ConfigIssue, "excerpt"> {
    if (source === undefined || line === undefined || column === undefined) return {};
    if (this.#issues.size >= MAX_EXCERPTS) return {};
    const excerpt = excerptOf(source.text, { line, column }, path);
    return excerpt === undefined ? {} : { excerpt };
  }

  /** The file that holds a value, or what is nearest above it. */
  #sourceAt(path: Path): SourceFile | undefined {
    for (let length = path.length; length > 0; length--) {
      const mark = markAt(this.root, this.marks, path.slice(0, length));
      if (mark !== undefined) return mark.source;
    }
  }

  #position(path: Path, atKey: boolean): Pick<ConfigIssue, "file" | "line" | "column" | "path"> {
    for (let length = path.length; length > 0; length--) {
      const mark = markAt(this.root, this.marks, path.slice(0, length));
      if (mark === undefined) continue;
      if (mark.flag !== undefined) return { file: COMMAND_LINE, path: mark.flag };
      if (mark.variable !== undefined) return { file: ENVIRONMENT, path: mark.variable };
      if (mark.source === undefined) continue;
      const offset = atKey || length < path.length ? mark.keyAt : mark.valueAt;
      return { file: mark.source.name, ...mark.source.position(offset ?? 0), path: this.#pathText(path) };
    }
    const anyMark = this.marks.get(this.root)?.values().next().value as Mark | undefined;
    return { file: anyMark?.source?.name ?? ENVIRONMENT, path: formatPath(path) };
  }

  /** The path as it stands in its own file. */
  #pathText(path: Path): string {
    const index = path[0] === "jobs" ? markAt(this.root, this.marks, path.slice(0, 2))?.index : undefined;
    return formatPath(index === undefined ? path : ["jobs", index, ...path.slice(2)]);
  }
}

function issueText(finding: Finding): Pick<ConfigIssue, "message" | "hint" | "severity"> {
  const hint = finding.hint === undefined ? {} : { hint: oneLine(finding.hint) };
  return { message: oneLine(finding.message), ...hint, severity: finding.severity ?? "error" };
}

/** A value with line ends must not begin lines that pass for issues of their own. */
function oneLine(text: string): string {
  return text.replace(/\s*[\r\n]+\s*/g, " ");
}
