// Who may import whom: layers, packages, no cycles, no dead files.

import ts from "typescript";
import type { Project } from "./project.ts";

/** Folders that stand side by side and never see each other; `runtime` and `config` among them. */
const SIDE_BY_SIDE = ["engine", "api", "web", "store", "provider", "observe", "runtime", "config"];
const GROUND = ["ports", "domain"];

/** Files right in src: the entry, and the composition root that is published by itself. */
const ROOTS: Record<string, string> = { "main.ts": "main", "provider_kit.ts": "provider_kit" };

/** What each layer may import besides itself. */
const ARROWS: Record<string, readonly string[]> = {
  main: ["cli", "runtime"],
  // The outside world reaches a command as a value: no runtime.
  cli: ["app", "provider_kit", ...SIDE_BY_SIDE.filter((layer) => layer !== "runtime"), ...GROUND],
  app: [...SIDE_BY_SIDE, ...GROUND],
  // An entry like main: those who write providers get the host to serve them on from here.
  provider_kit: ["provider", "runtime", ...GROUND],
  ...Object.fromEntries(SIDE_BY_SIDE.map((layer) => [layer, GROUND])),
  ports: ["domain"],
  domain: [],
};

/** Packages that one file alone may name, or those of one folder, and layers that may name no other. */
const PACKAGE_HOMES: Record<string, string> = {
  "cloudevents": "src/observe/notify/signed_event.ts",
  "croner": "src/domain/schedule/schedule.ts",
  "htmx.org": "src/web/assets/assets.ts",
  "@libsql/client": "src/store/database/",
  "d3-scale": "src/web/pictures/time_scale.ts",
  "d3-shape": "src/web/pictures/lines.ts",
  "d3-time": "src/web/pictures/ticks.ts",
  "nodemailer": "src/runtime/mail.ts",
  "prom-client": "src/observe/registry.ts",
  "standardwebhooks": "src/observe/notify/signed_event.ts",
  "string-width": "src/cli/terminal/columns.ts",
};
const NO_PACKAGES = ["domain", "ports"];
/** The one room of these that may name a package: the shapes of the API's answers are schemas, written once. */
const SCHEMA_ROOM = { folder: "src/ports/views/", package: "zod" };
const TEST_PACKAGES = ["ajv", "axe-core", "fast-check", "puppeteer-core", "smtp-server", "typescript"];

const ENTRIES = ["src/main.ts", "src/provider_kit.ts"];

function layerOf(path: string): string {
  const [, first, second] = path.split("/");
  return second === undefined ? ROOTS[first!] ?? first! : first!;
}

/** Imports against the arrows, and of files that are not there. */
export function findUpwardImports(project: Project): string[] {
  const found: string[] = [];
  for (const [path, imports] of project.imports) {
    if (!path.startsWith("src/")) continue;
    const layer = layerOf(path);
    const allowed = ARROWS[layer];
    if (allowed === undefined) found.push(`${path}: '${layer}' is no layer of the house`);
    for (const { target, line } of imports) {
      if (target === undefined) continue;
      const other = layerOf(target);
      if (!target.startsWith("src/")) found.push(`${path}:${line}: imports ${target}, outside src`);
      else if (!project.files.has(target)) {
        found.push(`${path}:${line}: imports ${target}, which is not there`);
      } else if (other !== layer && allowed?.includes(other) === false) {
        found.push(`${path}:${line}: ${layer} may not import ${other} (${target})`);
      }
    }
  }
  return found;
}

/** Packages that are not declared, or named where they have no home. */
export function findStrayPackages(project: Project, declared: readonly string[]): string[] {
  const found: string[] = [];
  for (const [path, imports] of project.imports) {
    for (const { specifier, target, line, isText } of imports) {
      if (target !== undefined || specifier.startsWith("node:")) continue;
      if (isText && specifier.startsWith(".")) continue;
      const name = packageOf(specifier);
      if (!declared.includes(name)) found.push(`${path}:${line}: the package '${name}' is not in deno.json`);
      if (!path.startsWith("src/")) continue;
      const home = PACKAGE_HOMES[name];
      if (home !== undefined && (home.endsWith("/") ? path.startsWith(home) : path === home)) continue;
      if (home !== undefined) found.push(`${path}:${line}: only ${home} may import '${name}'`);
      else if (path.startsWith(SCHEMA_ROOM.folder) && name === SCHEMA_ROOM.package) continue;
      else if (NO_PACKAGES.includes(layerOf(path)) || TEST_PACKAGES.includes(name)) {
        found.push(`${path}:${line}: ${layerOf(path)} may not import '${name}'`);
      }
    }
  }
  return found;
}

/** Declared packages that nobody imports. */
export function findUnusedPackages(project: Project, declared: readonly string[]): string[] {
  const used = new Set<string>();
  for (const imports of project.imports.values()) {
    for (const { specifier, target } of imports) if (target === undefined) used.add(packageOf(specifier));
  }
  return declared.filter((name) => !used.has(name)).map((name) => `deno.json: nobody imports '${name}'`);
}

/** Files of src that no entry reaches. */
export function findDeadFiles(project: Project): string[] {
  const reached = new Set<string>();
  const queue = [...ENTRIES];
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    if (reached.has(path)) continue;
    reached.add(path);
    for (const { target } of project.imports.get(path) ?? []) if (target !== undefined) queue.push(target);
  }
  return [...project.files.keys()].filter((path) => path.startsWith("src/") && !reached.has(path))
    .map((path) => `${path}: no entry of the program reaches it`);
}

/** What a file of src exports and no other file of the checkout takes. `provider_kit.ts` exports for others. */
export function findUnusedExports(project: Project): string[] {
  const taken = new Map<string, Set<string>>();
  for (const imports of project.imports.values()) {
    for (const { target, names } of imports) {
      if (target === undefined) continue;
      const all = taken.get(target) ?? new Set();
      taken.set(target, all);
      for (const name of names === "all" ? ["*"] : names) all.add(name);
    }
  }
  return [...project.files].flatMap(([path, file]) => {
    const used = taken.get(path);
    if (!path.startsWith("src/") || ENTRIES.includes(path) || used?.has("*")) return [];
    return exportsOf(file).filter((name) => !used?.has(name))
      .map((name) => `${path}: nobody takes '${name}', which needs no export`);
  });
}

/** Names that the declarations of a file export. */
function exportsOf(file: ts.SourceFile): string[] {
  return file.statements.flatMap((statement) => {
    const isExported = ts.canHaveModifiers(statement) &&
      ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
    if (!isExported) return [];
    if (ts.isVariableStatement(statement)) {
      return statement.declarationList.declarations.map(({ name }) => name.getText());
    }
    const { name } = statement as ts.DeclarationStatement;
    return name === undefined ? [] : [name.getText()];
  });
}

/** Each ring of files that import each other, once. */
export function findCycles(project: Project): string[] {
  const targets = (path: string) => (project.imports.get(path) ?? []).flatMap(({ target }) => target ?? []);
  return ringsOf([...project.files.keys()], targets)
    .map((ring) => `${ring.join(" -> ")}: they import each other`);
}

/** Rooms that rooms of the same wing import: `engine/run` -> `engine/context`. A wing's own files are a room. */
export function arrowsOfRooms(project: Project): Map<string, Set<string>> {
  const arrows = new Map<string, Set<string>>();
  for (const [path, imports] of project.imports) {
    if (!path.startsWith("src/")) continue;
    const from = roomOf(path);
    const targets = arrows.get(from) ?? new Set();
    arrows.set(from, targets);
    for (const { target } of imports) {
      if (target === undefined || roomOf(target) === from || layerOf(target) !== layerOf(path)) continue;
      targets.add(roomOf(target));
    }
  }
  return arrows;
}

/**
 * Rooms of a wing that import each other in a ring. Files that stand in the wing itself, beside its rooms, are taken
 * one by one: some are its ground, some its roof.
 */
export function findRingsOfRooms(project: Project): string[] {
  const arrows = arrowsOfRooms(project);
  return ringsOf([...arrows.keys()], (room) => [...arrows.get(room) ?? []])
    .map((ring) => `${ring.join(" -> ")}: these rooms import each other`);
}

/** What stands right in src, beside the entries. */
export function findLooseFiles(project: Project): string[] {
  return [...project.files.keys()].filter((path) => /^src\/[^/]+$/.test(path) && !ENTRIES.includes(path))
    .map((path) => `${path}: nothing but ${ENTRIES.join(" and ")} stands right in src`);
}

/** `engine/run` for src/engine/run/start.ts; a file right in a wing or in src is a room of its own. */
function roomOf(path: string): string {
  const parts = path.split("/");
  return parts.length <= 3 ? path : parts.slice(1, -1).join("/");
}

/** Each ring once, as the walk from where it is entered back to there. */
function ringsOf(nodes: readonly string[], targetsOf: (node: string) => readonly string[]): string[][] {
  const found: string[][] = [];
  const done = new Set<string>();
  const trail: string[] = [];
  const walk = (node: string) => {
    const at = trail.indexOf(node);
    if (at >= 0) found.push([...trail.slice(at), node]);
    if (at >= 0 || done.has(node)) return;
    trail.push(node);
    for (const target of targetsOf(node)) walk(target);
    trail.pop();
    done.add(node);
  };
  for (const node of nodes) walk(node);
  return found;
}

function packageOf(specifier: string): string {
  return specifier.split("/").slice(0, specifier.startsWith("@") ? 2 : 1).join("/");
}
