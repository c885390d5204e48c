// Paths of files as texts: made whole by a folder, and without detours.

/** An absolute path as it is; any other one below `base`. */
export function resolvePath(base: string, path: string): string {
  if (/^([\\/]|[A-Za-z]:[\\/])/.test(path)) return path;
  const below = path.replace(/^(\.\/+)+/, "");
  return below === "." || below === "" ? base : `${base.replace(/\/+$/, "")}/${below}`;
}

/** The same without `.`, `..` and doubled slashes, as a shell understands it: a link is not looked at. */
export function wholePath(base: string, path: string): string {
  const parts: string[] = [];
  for (const part of resolvePath(base, path).split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}

/** The folder of an absolute path, without a slash at its end; `/` for what lies in the root. */
export function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}

/** What stands before a name in its path, the slash included; empty for a name alone. */
export function beforeName(path: string): string {
  return path.slice(0, path.lastIndexOf("/") + 1);
}
