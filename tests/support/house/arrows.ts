// Who may import whom: layers, packages, no cycles, no dead files.

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

/** Packages that one file alone may name, and layers that may name no other. */
const PACKAGE_HOMES: Record<string, string> = {
  "croner": "src/domain/schedule/schedule.ts",
  "@libsql/client": "src/store/database/database.ts",
  "prom-client": "src/observe/registry.ts",
};
const NO_PACKAGES = ["domain", "ports"];
/** The one room of these that may name a package: the shapes of the API's answers are schemas, written once. */
const SCHEMA_ROOM = { folder: "src/ports/views/", package: "zod" };
const TEST_PACKAGES = ["ajv", "fast-check", "typescript"];

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
    for (const { specifier, target, line } of imports) {
      if (target !== undefined || specifier.startsWith("node:")) continue;
      const name = packageOf(specifier);
      if (!declared.includes(name)) found.push(`${path}:${line}: the package '${name}' is not in deno.json`);
      if (!path.startsWith("src/")) continue;
      const home = PACKAGE_HOMES[name];
      if (home === path) continue;
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

/** Each ring of files that import each other, once. */
export function findCycles(project: Project): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const trail: string[] = [];
  const walk = (path: string) => {
    const at = trail.indexOf(path);
    if (at >= 0) found.push(`${[...trail.slice(at), path].join(" -> ")}: they import each other`);
    if (at >= 0 || done.has(path)) return;
    trail.push(path);
    for (const { target } of project.imports.get(path) ?? []) if (target !== undefined) walk(target);
    trail.pop();
    done.add(path);
  };
  for (const path of project.files.keys()) walk(path);
  return found;
}

function packageOf(specifier: string): string {
  return specifier.split("/").slice(0, specifier.startsWith("@") ? 2 : 1).join("/");
}
