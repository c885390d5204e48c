// Which tests hold a file of the source: the one of its name, and those whose first comment names it.

/** The comment lines that a file opens with. */
export function openingWords(text: string): string {
  return /^(?:\/\/.*\n)*/.exec(text)![0];
}

/**
 * The test files, or the folder of them, that belong to `path`, which is a file or folder of `src` or `tests`, relative
 * to the project; none when there is no such path. `texts`: the test files by path. A test of `src/a/b.ts` is
 * `tests/a/b_test.ts`, or stands somewhere in `tests/a/` and names `b.ts` in the comment that it opens with.
 */
export function testsOf(path: string, texts: ReadonlyMap<string, string>): string[] {
  const asked = path.replace(/^\.\//, "").replace(/\/$/, "");
  const isFolder = (folder: string) => [...texts.keys()].some((test) => test.startsWith(`${folder}/`));
  if (asked.startsWith("tests/")) return texts.has(asked) || isFolder(asked) ? [asked] : [];
  const mirrored = asked.replace(/^src\//, "tests/");
  if (!asked.startsWith("src/")) return [];
  if (!asked.endsWith(".ts")) return isFolder(mirrored) ? [mirrored] : [];
  const name = asked.slice(asked.lastIndexOf("/") + 1);
  const names = new RegExp(`(?<![\\w/.])${name.replace(".", "\\.")}(?!\\w)`);
  const wing = mirrored.split("/").slice(0, 2).join("/");
  const named = mirrored.replace(/\.ts$/, "_test.ts");
  return [...texts].filter(([test, text]) =>
    test === named || (test.startsWith(`${wing}/`) && names.test(openingWords(text)))
  ).map(([test]) => test);
}
