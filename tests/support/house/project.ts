// Sources as a project of syntax trees: what each file imports, and whether a name in it means a global.

import ts from "typescript";

/** One import or re-export. */
export interface Import {
  specifier: string;
  /** The file of the program it names; undefined for packages, and for what is taken in as a text. */
  target: string | undefined;
  /** A file that is taken in as a text. */
  isText?: true;
  line: number;
  /** What it takes, as it is named there; `all` where that cannot be told. */
  names: readonly string[] | "all";
}

/** Files by path (`src/domain/job.ts`), read as one program that knows no library. */
export interface Project {
  files: Map<string, ts.SourceFile>;
  imports: Map<string, Import[]>;
  /** True when a name is declared nowhere in its file: the runtime's own. */
  isGlobal(name: ts.Identifier): boolean;
}

/** Reads texts by path. */
export function readProject(texts: ReadonlyMap<string, string>): Project {
  const files = new Map<string, ts.SourceFile>();
  for (const [path, text] of texts) {
    const kind = path.endsWith(".tsx") ? ts.ScriptKind.TSX : ts.ScriptKind.TS;
    files.set(path, ts.createSourceFile(path, text, ts.ScriptTarget.ESNext, true, kind));
  }
  const program = ts.createProgram({
    rootNames: [...texts.keys()],
    // Without the libraries, what is declared nowhere is the runtime's own.
    options: {
      noLib: true,
      noResolve: true,
      target: ts.ScriptTarget.ESNext,
      types: [],
      jsx: ts.JsxEmit.Preserve,
    },
    host: {
      getSourceFile: (path) => files.get(path),
      getDefaultLibFileName: () => "",
      getCurrentDirectory: () => "",
      getCanonicalFileName: (path) => path,
      useCaseSensitiveFileNames: () => true,
      getNewLine: () => "\n",
      fileExists: (path) => files.has(path),
      readFile: (path) => texts.get(path),
      writeFile: () => {},
    },
  });
  const checker = program.getTypeChecker();
  const imports = new Map<string, Import[]>();
  for (const [path, file] of files) imports.set(path, importsOf(path, file));
  return {
    files,
    imports,
    isGlobal(name) {
      const symbol = ts.isShorthandPropertyAssignment(name.parent)
        ? checker.getShorthandAssignmentValueSymbol(name.parent)
        : checker.getSymbolAtLocation(name);
      return (symbol?.declarations ?? []).length === 0;
    },
  };
}

/** The line of a node, from 1. */
export function lineOf(node: ts.Node): number {
  const file = node.getSourceFile();
  return file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1;
}

/** Visits a node and all within it. */
export function visit(node: ts.Node, look: (node: ts.Node) => void): void {
  look(node);
  ts.forEachChild(node, (child) => visit(child, look));
}

function importsOf(path: string, file: ts.SourceFile): Import[] {
  const found: Import[] = [];
  const add = (specifier: ts.Node, names: Import["names"]) => {
    const line = lineOf(specifier);
    const { parent } = specifier;
    const attributes = ts.isImportDeclaration(parent) ? parent.attributes?.elements ?? [] : [];
    if (attributes.some(({ value }) => ts.isStringLiteral(value) && value.text === "text")) {
      const { text } = specifier as ts.StringLiteral;
      return void found.push({ specifier: text, target: undefined, line, names, isText: true });
    }
    if (!ts.isStringLiteralLike(specifier)) {
      found.push({ specifier: specifier.getText(file), target: undefined, line, names });
    } else {
      const target = specifier.text.startsWith(".") ? resolve(path, specifier.text) : undefined;
      found.push({ specifier: specifier.text, target, line, names });
    }
  };
  visit(file, (node) => {
    if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier) {
      const named = ts.isImportDeclaration(node) ? node.importClause?.namedBindings : node.exportClause;
      add(node.moduleSpecifier, namesIn(named ?? (ts.isImportDeclaration(node) ? [] : undefined)));
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      // `const { a } = await import(...)` names what it takes.
      const bound = node.parent.parent;
      add(node.arguments[0]!, ts.isVariableDeclaration(bound) ? namesIn(bound.name) : "all");
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      add(node.argument.literal, node.qualifier ? [node.qualifier.getText(file)] : "all");
    }
  });
  return found;
}

/** Names between braces, each as it is called where it comes from; `all` for anything else but none. */
function namesIn(bindings: ts.Node | readonly [] | undefined): Import["names"] {
  if (Array.isArray(bindings)) return bindings;
  const node = bindings as ts.Node | undefined;
  if (
    node === undefined ||
    !(ts.isNamedImports(node) || ts.isNamedExports(node) || ts.isObjectBindingPattern(node))
  ) return "all";
  return [...node.elements].map((one) => (one.propertyName ?? one.name).getText());
}

function resolve(from: string, specifier: string): string {
  const parts = from.split("/").slice(0, -1);
  for (const part of specifier.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== ".") parts.push(part);
  }
  return parts.join("/");
}
