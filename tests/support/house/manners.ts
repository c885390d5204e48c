// How files look: their length and names, their opening words, the words on what they export.

import ts from "typescript";
import { lineOf, type Project, visit } from "./project.ts";

const MOST_LINES = 400;
const MOST_LINES_OF_FUNCTION = 80;
const DRAWERS = /^(utils?|helpers?|common|misc|shared|lib)$/;
/** Spelled so that this line does not break the rule. */
const LEFT_OPEN = new RegExp(`\\b(${["TO" + "DO", "FIX" + "ME", "X" + "XX", "HA" + "CK"].join("|")})\\b`);

/** Files of src that are too long to have one reason to change. */
export function findLongFiles(project: Project): string[] {
  return ofSrc(project, (file) => {
    const lines = file.text.split("\n").length - 1;
    return lines > MOST_LINES ? [`${file.fileName}: ${lines} lines, more than ${MOST_LINES}`] : [];
  });
}

/**
 * Functions of src that are too long to be read at a glance, comments on them not counted. `exceptions`: by
 * `path name`, how many lines each of those that may be longer has today; one that shrank or went must leave the list
 * or lower its figure, so that the list only gets shorter.
 */
export function findLongFunctions(project: Project, exceptions: Readonly<Record<string, number>>): string[] {
  const left = new Map(Object.entries(exceptions));
  const found = ofSrc(project, (file) =>
    functionsOf(file).flatMap(({ name, node, lines }) => {
      if (lines <= MOST_LINES_OF_FUNCTION) return [];
      const known = left.get(`${file.fileName} ${name}`);
      left.delete(`${file.fileName} ${name}`);
      if (known === lines) return [];
      const limit = known === undefined ? `more than ${MOST_LINES_OF_FUNCTION}` : `${known} are listed`;
      return [`${file.fileName}:${lineOf(node)}: ${name} has ${lines} lines, ${limit}`];
    }));
  return [...found, ...[...left.keys()].map((key) => `${key}: listed as long, and is not`)];
}

function functionsOf(file: ts.SourceFile): { name: string; node: ts.Node; lines: number }[] {
  const found: { name: string; node: ts.Node; lines: number }[] = [];
  visit(file, (node) => {
    if (!ts.isFunctionLike(node) || !("body" in node) || node.body === undefined) return;
    const named = node.name ?? (ts.isVariableDeclaration(node.parent) ? node.parent.name : undefined);
    const name = named?.getText(file) ?? (ts.isConstructorDeclaration(node) ? "constructor" : "a function");
    const end = file.getLineAndCharacterOfPosition(node.end).line + 1;
    found.push({ name, node, lines: end - lineOf(node) + 1 });
  });
  return found;
}

/** Folders and files that say nothing about what is in them, or say it in another case. */
export function findBadNames(project: Project): string[] {
  return [...project.files.keys()].flatMap((path) => {
    const parts = path.replace(/\.tsx?$/, "").split("/");
    const drawer = parts.find((part) => DRAWERS.test(part));
    if (drawer !== undefined) return [`${path}: '${drawer}' is a drawer: name what is in it`];
    return parts.every((part) => /^[a-z0-9_]+$/.test(part)) ? [] : [`${path}: expected snake_case`];
  });
}

/** Marks of unfinished work. */
export function findOpenEnds(project: Project): string[] {
  return [...project.files].flatMap(([path, file]) =>
    file.text.split("\n").flatMap((line, at) => LEFT_OPEN.test(line) ? [`${path}:${at + 1}: left open`] : [])
  );
}

/** Files of src that do not begin with what they decide or do. */
export function findWordlessFiles(project: Project): string[] {
  return ofSrc(
    project,
    (file) => /^\/\/ \S/.test(file.text) ? [] : [`${file.fileName}: expected a comment first`],
  );
}

/** Exported functions and classes without a word on them; types and schemas say it at their members. */
export function findWordlessExports(project: Project): string[] {
  return ofSrc(project, (file) => {
    const told = new Set<string>();
    return file.statements.flatMap((statement) => {
      if (!isExportedFunction(statement)) return [];
      const name = statement.name?.text ?? "an export";
      // Words on the first overload hold for all.
      if (hasWords(statement, file)) told.add(name);
      return told.has(name) ? [] : [`${file.fileName}:${lineOf(statement)}: ${name} has no docstring`];
    });
  });
}

function ofSrc(project: Project, look: (file: ts.SourceFile) => string[]): string[] {
  return [...project.files.values()].filter(({ fileName }) => fileName.startsWith("src/")).flatMap(look);
}

function isExportedFunction(node: ts.Statement): node is ts.FunctionDeclaration | ts.ClassDeclaration {
  return (ts.isFunctionDeclaration(node) || ts.isClassDeclaration(node)) &&
    ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true;
}

function hasWords(statement: ts.Statement, file: ts.SourceFile): boolean {
  return (ts.getLeadingCommentRanges(file.text, statement.getFullStart()) ?? [])
    .some(({ pos }) => file.text.startsWith("/**", pos));
}
