// Which tests hold a file of the source: the one of its name, and those whose first comment names it.

/** The comment lines that a file opens with. */
export function openingWords(text: string): string {
  return /^(?:\/\/.*\n)*/.exec(text)![0];
}

/** Files that the comment which a test opens with names: `b.ts`, `b.tsx`, or with a folder or two, `a/b.ts`. */
export function namesIn(text: string): string[] {
  return [...openingWords(text).matchAll(/(?<![\w/.])[\w/]*\w\.tsx?(?!\w)/g)].map(([name]) => name);
}

/** Those of `sources` that `name` may stand for where the test at `test` says it: of its wing; of all of them in e2e. */
export function meantBy(name: string, test: string, sources: readonly string[]): string[] {
  const wing = wingOf(test);
  return sources.filter((path) =>
    `/${path}`.endsWith(`/${name}`) && (wing === END_TO_END || wingOf(path) === wing)
  );
}

/**
 * The tests of each file of `sources`, which are all files of `src`. `texts`: the test files by path. A name that could mean
 * two files means neither.
 */
export function testsBySource(
  texts: ReadonlyMap<string, string>,
  sources: readonly string[],
): Map<string, string[]> {
  const found = new Map(sources.map((source): [string, string[]] => [source, []]));
  for (const [test, text] of texts) {
    const own = test.replace(/^tests\//, "src/").replace(/_test\.ts$/, ".ts");
    const named = namesIn(text).map((name) => meantBy(name, test, sources)).filter(({ length }) =>
      length === 1
    );
    for (const source of new Set([own, `${own}x`, ...named.flat()])) found.get(source)?.push(test);
  }
  return found;
}

/**
 * The test files, or the folder of them, that belong to `path`, which is a file or folder of `src` or `tests`, relative
 * to the project; none when there is no such path. A test of `src/a/b.ts` is `tests/a/b_test.ts`, or stands somewhere in
 * `tests/a/` or `tests/e2e/` and names `b.ts` in the comment that it opens with.
 */
export function testsOf(
  path: string,
  texts: ReadonlyMap<string, string>,
  sources: readonly string[],
): string[] {
  const asked = path.replace(/^\.\//, "").replace(/\/$/, "");
  const isFolder = (folder: string) => [...texts.keys()].some((test) => test.startsWith(`${folder}/`));
  if (asked.startsWith("tests/")) return texts.has(asked) || isFolder(asked) ? [asked] : [];
  if (!asked.startsWith("src/")) return [];
  if (/\.tsx?$/.test(asked)) return testsBySource(texts, sources).get(asked) ?? [];
  const mirrored = asked.replace(/^src\//, "tests/");
  return isFolder(mirrored) ? [mirrored] : [];
}

const END_TO_END = "e2e";

/** `engine` of `src/engine/run/start.ts`; nothing of what stands right in `src` or `tests`. */
function wingOf(path: string): string {
  const [, wing, file] = path.split("/");
  return file === undefined ? "" : wing!;
}
