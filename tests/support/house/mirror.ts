// Where tests stand: in folders that mirror those of src, and for each source file one that is found by its name.

import ts from "typescript";
import { meantBy, namesIn, testsBySource } from "../../../scripts/tests_of.ts";
import { type Project, visit } from "./project.ts";

/** Folders of tests that hold whole programs, worlds or scripts to account, and mirror nothing. */
const OF_THEIR_OWN_KIND = ["browser", "e2e", "faults", "simulation", "scripts"];

/** Test files that stand in a folder which mirrors none of src. */
export function findStrayTests(project: Project): string[] {
  const folders = new Set(sourcesOf(project).map(folderOf));
  return [...testsIn(project).keys()].flatMap((path) => {
    const mirrored = folderOf(path).replace(/^tests/, "src");
    const isMirror = mirrored === "src" ||
      [...folders].some((folder) => `${folder}/`.startsWith(`${mirrored}/`));
    const isOfItsOwnKind = OF_THEIR_OWN_KIND.includes(path.split("/")[1]!);
    return isMirror || isOfItsOwnKind ? [] : [`${path}: there is no folder ${mirrored}`];
  });
}

/** Source files that do something and have no test which is found by their name. */
export function findUntested(project: Project): string[] {
  const sources = sourcesOf(project);
  const tests = testsBySource(testsIn(project), sources);
  return sources.filter((path) => doesSomething(project.files.get(path)!) && tests.get(path)!.length === 0)
    .map((path) => {
      const own = path.replace(/^src/, "tests").replace(/\.tsx?$/, "_test.ts");
      return `${path}: expected ${own}, or its name in the first comment of a test of its wing`;
    });
}

/** Names in the opening comments of tests that lead to no file, or to two. */
export function findLostNames(project: Project): string[] {
  const sources = sourcesOf(project);
  const files = [...project.files.keys()];
  return [...testsIn(project)].flatMap(([path, text]) =>
    namesIn(text).flatMap((name) => {
      const meant = meantBy(name, path, sources);
      if (meant.length > 1) return [`${path}: '${name}' may be ${meant.join(" or ")}`];
      const isThere = meant.length === 1 || files.some((file) => `/${file}`.endsWith(`/${name}`));
      return isThere ? [] : [`${path}: there is no '${name}'`];
    })
  );
}

/** False for files of types and plain values: nothing in them can be wrong by itself. */
function doesSomething(file: ts.SourceFile): boolean {
  let does = false;
  visit(file, (node) => {
    does ||= (ts.isFunctionLike(node) && "body" in node && node.body !== undefined) || ts.isClassLike(node) ||
      ts.isCallExpression(node) || ts.isNewExpression(node);
  });
  return does;
}

function sourcesOf(project: Project): string[] {
  return [...project.files.keys()].filter((path) => path.startsWith("src/"));
}

function testsIn(project: Project): Map<string, string> {
  return new Map(
    [...project.files].filter(([path]) => /^tests\/.*_test\.ts$/.test(path)).map((
      [path, { text }],
    ) => [path, text]),
  );
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}
