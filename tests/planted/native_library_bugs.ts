// Ways to let another user of the machine have a say in what the program runs, or in whether it starts.

import type { PlantedBug } from "./planted_bug.ts";

const FILE = "src/runtime/native_library.ts";
const LEFTOVERS = "src/runtime/library_leftovers.ts";
const tests = ["tests/runtime/native_library_test.ts"];

export const NATIVE_LIBRARY_BUGS: readonly PlantedBug[] = [
  {
    id: "NL1",
    what: "the library is put into a folder whose name is known before",
    file: FILE,
    find: "`${below}/${LIBRARY_PREFIX}${crypto.randomUUID()}`",
    replace: "`${below}/${LIBRARY_PREFIX}1`",
    tests,
  },
  {
    id: "NL2",
    what: "others may enter the folder of the library",
    file: FILE,
    find: "{ mode: 0o700 }",
    replace: "{ mode: 0o755 }",
    tests,
  },
  {
    id: "NL3",
    what: "others may read the library, and on some file systems write it",
    file: FILE,
    find: "createNew: true, mode: 0o600",
    replace: "createNew: true, mode: 0o666",
    tests,
  },
  {
    id: "NL4",
    what: "the library is loaded by a name that leads to another file once somebody renamed a folder above",
    file: FILE,
    find: "openedAs(dev, ino) ?? named(copy, dev, ino)",
    replace: "copy",
    tests,
  },
  {
    id: "NL5",
    what: "a library that was loaded stays where it was put, to be rewritten",
    file: FILE,
    find: "        Deno.removeSync(one);\n",
    replace: "",
    tests,
  },
  {
    id: "NL6",
    what: "one folder mounted noexec keeps the program from starting, though another would do",
    file: FILE,
    find: "if (NOT_RUN.test((error as Error).message)) return",
    replace: "if (NOT_RUN.test(copy)) return",
    tests,
  },
  {
    id: "NL7",
    what: "what another user has under the name of a copy is removed",
    file: LEFTOVERS,
    find: "info.uid === own && ",
    replace: "",
    tests,
  },
  {
    id: "NL8",
    what: "a link under the name of a copy is followed, and what it leads to is emptied",
    file: LEFTOVERS,
    find: "Deno.lstatSync(path)",
    replace: "Deno.statSync(path)",
    tests,
  },
  {
    id: "NL9",
    what: "a copy that another start is just loading is removed",
    file: LEFTOVERS,
    find: " && info.mtime.getTime() < before",
    replace: "",
    tests,
  },
];
