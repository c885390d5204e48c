// An edit that nobody has written down yet, in place of the texts of the configuration, so that it is judged where it would stand.

import { MAX_TEXT_BYTES } from "./document.ts";
import type { Found } from "./find.ts";
import type { Report } from "./report.ts";

/** What somebody would write. */
export interface ConfigEdit {
  text: string;
  /** The file of a folder that it would be, as `Found` names it; null: it would be the whole configuration. */
  file: string | null;
}

/** What an edit is called where no file is in its place. */
const EDIT = "edit";

/** What was found, as if the edit were written; `working`: what paths stand on where no file was found. */
export function editedTexts(
  found: Found | undefined,
  { text, file }: ConfigEdit,
  working: string,
  report: Report,
): Found {
  const all = found?.texts ?? [];
  const name = file ?? (all.length === 1 ? all[0]!.name : EDIT);
  const own: Found = {
    ...{ source: found?.source ?? { kind: "inline" }, by: found?.by ?? EDIT, base: found?.base ?? working },
    texts: [{ name, text }],
  };
  if (new TextEncoder().encode(text).length > MAX_TEXT_BYTES) {
    report.addAt(name, undefined, { message: `the text is over ${MAX_TEXT_BYTES / 1024 / 1024} MiB` });
    return { ...own, texts: [] };
  }
  if (file === null) return own;
  if (!all.some((one) => one.name === file)) {
    report.addAt(file, undefined, {
      message: `the configuration has no such file: expected one of ${
        all.map(({ name }) => name).join(", ")
      }`,
    });
  }
  return { ...own, texts: all.map((one) => one.name === file ? { name, text } : one) };
}
