// What only src/runtime may touch: the clock, chance, the network, the process, the console.

import ts from "typescript";
import { CORE_FOLDERS } from "../../../scripts/core_on_node.ts";
import { lineOf, type Project, visit } from "./project.ts";

/** Never named elsewhere. */
const BANNED = [
  ...["Deno", "Bun", "process", "Buffer", "require", "globalThis", "window", "self", "console"],
  ...["performance", "fetch", "setTimeout", "setInterval", "setImmediate"],
];

/** Of these only some members may be used elsewhere, and the thing itself only where its own rule says so. */
const MEMBERS: Record<string, (member: string) => boolean> = {
  Date: (member) => ["UTC", "parse"].includes(member),
  Math: (member) => member !== "random",
  AbortSignal: (member) => member !== "timeout",
  Temporal: (member) => member !== "Now",
  crypto: (member) => member === "subtle",
};

/** Touches of the outside world in src, outside src/runtime. */
export function findBannedNames(project: Project): string[] {
  const found: string[] = [];
  for (const [path, file] of project.files) {
    if (!path.startsWith("src/") || path.startsWith("src/runtime/")) continue;
    for (const { specifier, target, line } of project.imports.get(path) ?? []) {
      if (target === undefined && /^\w+:/.test(specifier)) {
        found.push(`${path}:${line}: imports '${specifier}'`);
      }
    }
    visit(file, (node) => {
      if (!ts.isIdentifier(node)) return;
      const what = touched(node);
      if (what !== undefined && project.isGlobal(node)) {
        found.push(`${path}:${lineOf(node)}: touches ${what}`);
      }
    });
  }
  return found;
}

/** What the tests that also run on Node cannot have there: Deno, and what Node 20 lacks. */
export function findDenoOnNode(project: Project): string[] {
  const found: string[] = [];
  for (const [path, file] of project.files) {
    if (!CORE_FOLDERS.some((folder) => path.startsWith(`${folder}/`))) continue;
    visit(file, (node) => {
      if (ts.isIdentifier(node) && node.text === "Deno" && isReference(node) && project.isGlobal(node)) {
        found.push(`${path}:${lineOf(node)}: touches Deno, which Node does not have`);
      }
      if (ts.isIdentifier(node) && node.text === "withResolvers") {
        found.push(`${path}:${lineOf(node)}: touches withResolvers, which Node 20 does not have`);
      }
    });
  }
  return found;
}

/** What of the outside world a name would touch if it is global. */
function touched(node: ts.Identifier): string | undefined {
  const isBanned = BANNED.includes(node.text);
  const allows = Object.hasOwn(MEMBERS, node.text) ? MEMBERS[node.text] : undefined;
  if ((!isBanned && allows === undefined) || !isReference(node)) return undefined;
  if (isBanned) return node.text;
  const { parent } = node;
  const member = memberOf(node);
  if (member !== undefined) return allows!(member) ? undefined : `${node.text}.${member}`;
  if (ts.isBinaryExpression(parent) && parent.operatorToken.kind === ts.SyntaxKind.InstanceOfKeyword) {
    return undefined;
  }
  if (node.text === "Date" && ts.isNewExpression(parent) && parent.expression === node) {
    return (parent.arguments ?? []).length > 0 ? undefined : "new Date() without an argument";
  }
  // Handed on or called as a whole, everything could be done with it.
  return `${node.text} as a whole`;
}

/** The member taken of it, as in `Date.now` and `Date["now"]`. */
function memberOf(node: ts.Identifier): string | undefined {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent) && parent.expression === node) return parent.name.text;
  if (ts.isElementAccessExpression(parent) && parent.expression === node) {
    const key = parent.argumentExpression;
    return ts.isStringLiteralLike(key) ? key.text : undefined;
  }
  return undefined;
}

/** False for names of properties and for types; Deno's types tie to it like its values. */
function isReference(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isQualifiedName(parent)) return parent.left === node && node.text === "Deno";
  if (ts.isBindingElement(parent)) return parent.propertyName !== node && parent.name !== node;
  if (ts.isImportSpecifier(parent) || ts.isExportSpecifier(parent)) return false;
  if (ts.isTypeReferenceNode(parent) || ts.isTypeQueryNode(parent)) return node.text === "Deno";
  const isNameOfMember = ts.isPropertyAssignment(parent) || ts.isMethodDeclaration(parent) ||
    ts.isMethodSignature(parent) || ts.isPropertySignature(parent) || ts.isPropertyDeclaration(parent) ||
    ts.isGetAccessor(parent) || ts.isSetAccessor(parent) || ts.isEnumMember(parent) ||
    ts.isNamedTupleMember(parent);
  return !(isNameOfMember && parent.name === node);
}
