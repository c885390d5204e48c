// How files look: their length and names, their opening words, the words on what they export.

import ts from "typescript";
import { lineOf, type Project } from "./project.ts";

const MOST_LINES = 400;
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

/** Folders and files that say nothing about what is in them, or say it in another case. */
export function findBadNames(project: Project): string[] {
  return [...project.files.keys()].flatMap((path) => {
    const parts = path.replace(/\.ts$/, "").split("/");
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
