// SCHELLY_TOKENS_FILE: tokens in lines of `NAME ROLE TOKEN [EXPIRES]`, in the place of those of `server.auth`.

import type { Json } from "../../domain/job.ts";
import type { Files } from "../../ports/host.ts";
import type { Report } from "../document/report.ts";
import { readSecretFile } from "./secrets.ts";
import { type Mapping, type Marks, setAt } from "../document/tree.ts";
import { resolvePath } from "../../domain/path.ts";

const VARIABLE = "SCHELLY_TOKENS_FILE";

/**
 * Puts the tokens of the file into the document, and answers its place, absolute; undefined where none is named.
 * Empty lines and lines that begin with # are passed over.
 */
export async function overlayTokens(
  env: Record<string, string>,
  root: Mapping,
  marks: Marks,
  request: { files: Files; working: string; mode: "required" | "optional" },
  report: Report,
): Promise<string | undefined> {
  const written = env[VARIABLE];
  if (!written) return undefined;
  const file = resolvePath(request.working, written);
  let text: string;
  try {
    text = await readSecretFile(file, request.files);
  } catch (error) {
    const severity = request.mode === "optional" ? "note" as const : "error" as const;
    report.addVariable(VARIABLE, { message: `'${written}' ${(error as Error).message}`, severity });
    return file;
  }
  const tokens: Json[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === "" || line.trim().startsWith("#")) continue;
    const words = line.trim().split(/\s+/);
    if (words.length !== 3 && words.length !== 4) {
      report.addAt(written, undefined, {
        message: `line ${
          index + 1
        } has ${words.length} words: expected NAME ROLE TOKEN, such as ops operator …`,
      });
      continue;
    }
    const [name, role, token, expires] = words;
    tokens.push({ name: name!, role: role!, token: token!, ...(expires === undefined ? {} : { expires }) });
  }
  // Users of the file, and what it says of /metrics, stay; an `auth: none` gives way.
  setAt(root, marks, ["server", "auth", "tokens"], tokens, { variable: VARIABLE });
  return file;
}
