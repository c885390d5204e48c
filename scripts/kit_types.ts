// Renders the types of a module as one .d.ts file: what it exports, and every type of ours these words need.

import { dirname, resolve } from "node:path";
import ts from "typescript";

/** A declaration by its name, and what other files call by a name here. */
interface Scope {
  declared: Map<string, ts.Statement[]>;
  /** Name here -> the file and its name there. */
  borrowed: Map<string, [file: string, name: string]>;
  /** What it hands on of others. */
  handedOn: string[];
}

/**
 * The declarations of `entry`, an absolute path, in one text without imports. Throws when two different ones have the
 * same name. Each file is read by itself, so what is exported must say its types.
 */
export function renderTypes(entry: string): string {
  const scopes = new Map<string, Scope>();
  const scopeOf = (file: string) => {
    const scope = scopes.get(file) ?? readScope(file);
    scopes.set(file, scope);
    return scope;
  };
  const find = (file: string, name: string): { file: string; name: string } | undefined => {
    const scope = scopeOf(file);
    if (scope.declared.has(name)) return { file, name };
    const [from, there] = scope.borrowed.get(name) ?? [];
    return from === undefined ? undefined : find(from, there!);
  };

  const exported = exportsOf(scopeOf(entry));
  const homes = new Map<string, string>();
  const parts: string[] = [];
  const queue: { file: string; name: string }[] = exported.map((name) => {
    const home = find(entry, name);
    if (home?.name !== name) throw new Error(`Cannot find the declaration of '${name}' under that name`);
    return home;
  });
  for (let at = 0; at < queue.length; at++) {
    const { file, name } = queue[at]!;
    const home = homes.get(name);
    if (home === file) continue;
    if (home !== undefined) {
      throw new Error(`Cannot put two things named '${name}' into one file: ${home}, ${file}`);
    }
    homes.set(name, file);
    for (const statement of scopeOf(file).declared.get(name)!) {
      parts.push(render(statement, exported.includes(name)));
      for (const used of namesIn(statement)) {
        const next = find(file, used);
        if (next !== undefined && next.name !== used) {
          throw new Error(`Cannot render '${used}': it is renamed`);
        }
        if (next !== undefined) queue.push(next);
      }
    }
  }
  return parts.join("\n\n") + "\n\nexport {};\n";
}

function readScope(file: string): Scope {
  const { outputText } = ts.transpileDeclaration(Deno.readTextFileSync(file), {
    fileName: file,
    compilerOptions: { target: ts.ScriptTarget.ESNext, module: ts.ModuleKind.ESNext },
  });
  const source = ts.createSourceFile(file, outputText, ts.ScriptTarget.ESNext, true);
  const scope: Scope = { declared: new Map(), borrowed: new Map(), handedOn: [] };
  for (const statement of source.statements) {
    if (ts.isImportDeclaration(statement) || ts.isExportDeclaration(statement)) {
      borrow(scope, file, statement);
    } else {for (const name of declaredBy(statement)) {
        scope.declared.set(name, [...scope.declared.get(name) ?? [], statement]);
      }}
  }
  return scope;
}

function borrow(scope: Scope, file: string, statement: ts.ImportDeclaration | ts.ExportDeclaration): void {
  const from = statement.moduleSpecifier;
  if (from === undefined || !ts.isStringLiteral(from) || !from.text.startsWith(".")) return;
  const target = resolve(dirname(file), from.text);
  const named = ts.isImportDeclaration(statement)
    ? statement.importClause?.namedBindings
    : statement.exportClause;
  if (named === undefined || !("elements" in named)) return;
  for (const { name, propertyName } of named.elements) {
    scope.borrowed.set(name.text, [target, (propertyName ?? name).text]);
    if (ts.isExportDeclaration(statement)) scope.handedOn.push(name.text);
  }
}

function exportsOf({ declared, handedOn }: Scope): string[] {
  return [...[...declared].filter(([, [first]]) => isExported(first!)).map(([name]) => name), ...handedOn];
}

function declaredBy(statement: ts.Statement): string[] {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.map(({ name }) => name.getText());
  }
  const named = ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement) ||
    ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement);
  return named && statement.name !== undefined ? [statement.name.text] : [];
}

function isExported(statement: ts.Statement): boolean {
  return ts.canHaveModifiers(statement) &&
    ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true;
}

function render(statement: ts.Statement, isExport: boolean): string {
  const words = ts.getJSDocCommentsAndTags(statement).filter(ts.isJSDoc).map((doc) => `${doc.getText()}\n`);
  const bare = statement.getText().replace(/^(export\s+)?(declare\s+)?/, "");
  const needsDeclare = !ts.isInterfaceDeclaration(statement) && !ts.isTypeAliasDeclaration(statement);
  return `${words.join("")}${isExport ? "export " : ""}${needsDeclare ? "declare " : ""}${bare}`;
}

/** Names of types and of values taken for types. */
function namesIn(statement: ts.Statement): Set<string> {
  const names = new Set<string>();
  const first = (name: ts.Node): void => {
    if (ts.isIdentifier(name)) names.add(name.text);
    else if (ts.isQualifiedName(name)) first(name.left);
  };
  const walk = (node: ts.Node): void => {
    if (ts.isTypeReferenceNode(node)) first(node.typeName);
    else if (ts.isTypeQueryNode(node)) first(node.exprName);
    else if (ts.isExpressionWithTypeArguments(node)) first(node.expression);
    ts.forEachChild(node, walk);
  };
  walk(statement);
  return names;
}
