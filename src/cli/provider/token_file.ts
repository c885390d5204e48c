// The file with the token of a provider, the same that its scheduler reads.

import { readProviderToken } from "../../config/values/provider_token.ts";
import { SHORT_TOKEN } from "../../domain/secret_name.ts";
import type { Host } from "../../ports/host.ts";
import { EXIT, Failure } from "../terminal/exit.ts";

/** A token, and whether it is so short that it can be guessed. */
interface ReadToken {
  token: string;
  isShort: boolean;
}

/** The token in a file, as `readProviderToken` takes it. Rejects with a usage failure when there is none. */
export async function readToken(path: string, host: Pick<Host, "files">): Promise<ReadToken> {
  let text: string;
  try {
    text = await host.files.readText(path);
  } catch (error) {
    throw new Failure(EXIT.usage, `Cannot read --token-file ${path}: ${(error as Error).message}`);
  }
  const read = readProviderToken(text);
  if ("error" in read) throw new Failure(EXIT.usage, `Cannot use --token-file ${path}: ${read.error}`);
  return { token: read.token, isShort: read.token.length < SHORT_TOKEN };
}
