// The files of the machine as they would be after an edit of one of them, so that it can be judged before it is made.

import type { FileInfo, Files } from "../../ports/host.ts";

/** One file that is to say something else. */
export interface FileEdit {
  /** Absolute, without a slash at its end. */
  path: string;
  /** Null: it is to be removed. */
  text: string | null;
}

/** Reads as after the edit; whatever is written goes to the real files. */
export function withEdit(files: Files, { path, text }: FileEdit): Files {
  const bytes = text === null ? undefined : new TextEncoder().encode(text);
  const at = path.lastIndexOf("/");
  const [folder, name] = [path.slice(0, at) || "/", path.slice(at + 1)];
  const isFolder = (asked: string) => (asked.replace(/\/+$/, "") || "/") === folder;
  const edited = (before: FileInfo | undefined): FileInfo | undefined =>
    bytes && {
      ...{ mode: 0o600, mtime: null, dev: 0, ino: null, ...before },
      isFile: true,
      isDirectory: false,
      size: bytes.length,
    };
  return {
    ...files,
    // Those of a class are no properties of its objects.
    readText: (asked) => asked === path && text !== null ? Promise.resolve(text) : files.readText(asked),
    readBytes: (asked) => asked === path && bytes ? Promise.resolve(bytes) : files.readBytes(asked),
    info: async (asked) => {
      const before = await files.info(asked);
      return asked === path ? edited(before) : before;
    },
    infoSync: (asked) => asked === path ? edited(files.infoSync(asked)) : files.infoSync(asked),
    async list(asked) {
      const names = await files.list(asked);
      if (!isFolder(asked)) return names;
      const others = names.filter((one) => one !== name);
      return text === null ? others : [...others, name];
    },
    workingFolder: () => files.workingFolder(),
    tempFolder: () => files.tempFolder(),
    openToRead: (asked) => files.openToRead(asked),
  };
}
