// The file with the token of a provider: one file for both sides, in whichever way the scheduler takes it.

import { SHORT_TOKEN } from "../../domain/secret_name.ts";
import type { Host } from "../../ports/host.ts";
import { EXIT, Failure } from "../terminal/exit.ts";

/** How the scheduler writes it: the header's value (`headers_file`), or headers (`WEBHOOK_HEADERS_FILE`). */
const AS_HEADERS = /(?:^|,)\s*Authorization\s*=\s*([^,]*)/i;
const AS_VALUE = /^Bearer(?: +|$)(.*)$/is;

/** A token, and whether it is so short that it can be guessed. */
interface ReadToken {
  token: string;
  isShort: boolean;
}

/**
 * The token in a file: alone, as `Bearer TOKEN`, or as `Authorization=Bearer TOKEN` among other headers. Rejects with a
 * usage failure when there is none.
 */
export async function readToken(path: string, host: Pick<Host, "files">): Promise<ReadToken> {
  let text: string;
  try {
    text = (await host.files.readText(path)).trim();
  } catch (error) {
    throw new Failure(EXIT.usage, `Cannot read --token-file ${path}: ${(error as Error).message}`);
  }
  const value = AS_HEADERS.exec(text)?.[1]?.trim() ?? text;
  const token = (AS_VALUE.exec(value)?.[1] ?? value).trim();
  const unusable = (why: string) => new Failure(EXIT.usage, `Cannot use --token-file ${path}: ${why}`);
  if (token === "") throw unusable("the file is empty: expected a token");
  if (/[^\u0021-\u007e]/.test(token)) {
    throw unusable(
      "the token has spaces or other characters: expected printable ASCII alone, or 'Authorization=Bearer TOKEN' as " +
        "the scheduler takes it",
    );
  }
  return { token, isShort: token.length < SHORT_TOKEN };
}
