// Asks an HTTP provider, without changing anything there, whether it could work.

import { counted } from "../../domain/count_text.ts";
import { ProviderError } from "../../domain/errors.ts";
import type { Capabilities, CheckResult, Provider } from "../../ports/provider.ts";
import { renderCapabilities } from "../protocol/call_headers.ts";

/** An id that no provider gives. */
const NO_BACKUP = "schelly-check-no-such-backup";
/** How a provider says that it does not list. */
const NO_LIST = [404, 405, 501];

/** The results of all checks; `askCapabilities` asks anew. Never rejects for a trouble of the provider's. */
export async function checkHttpProvider(
  provider: Pick<Provider, "get" | "list">,
  shownUrl: string,
  askCapabilities: () => Promise<Capabilities>,
): Promise<CheckResult[]> {
  let isThere = true;
  const answers = await checked("provider answers", async () => {
    const found = await look(provider).catch((error) => {
      isThere = !(error instanceof ProviderError) || error.status !== undefined;
      throw error;
    });
    if (found !== "yes") return `it answers at '${shownUrl}'`;
    throw new ProviderError("malformed", `It claims to have a backup '${NO_BACKUP}': expected 404`);
  });
  // Each further question would wait as long for no answer.
  if (!isThere) return [answers];
  return [
    answers,
    // A wrong path answers 404 to everything; only a list tells it from a provider that has no such backup.
    await checked("provider path", async () => {
      try {
        const { length } = await provider.list();
        return `it lists ${counted(length, "backup")}`;
      } catch (error) {
        if (!(error instanceof ProviderError)) throw error;
        const lists = error.kind !== "malformed" && !NO_LIST.includes(error.status ?? 0);
        if (lists) throw error;
        return "it does not list its backups, so a wrong path in the URL cannot be told from a right one";
      }
    }),
    await checked("provider extensions", async () => {
      const words = renderCapabilities(await askCapabilities());
      return words === "" ? "none: a lost answer to a start may cost a second backup" : words;
    }),
    await checked(
      "deletions",
      async () =>
        (await askCapabilities()).immutable
          ? "its storage deletes nothing, it says: what retention lets go stays, locked"
          : "it says nothing against them; a lock shows as 'locked_until', or when the first is asked for",
    ),
  ];
}

/** One that cannot tell of what it does not know answers 503 to that, and other questions well. */
async function look(provider: Pick<Provider, "get" | "list">): Promise<"yes" | "no"> {
  try {
    return (await provider.get(NO_BACKUP)).found === "yes" ? "yes" : "no";
  } catch (error) {
    if (!(error instanceof ProviderError) || error.status !== 503) throw error;
    await provider.list().catch(() => {
      throw error;
    });
    return "no";
  }
}

async function checked(name: string, ask: () => Promise<string>): Promise<CheckResult> {
  try {
    return { name, ok: true, message: await ask() };
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    return { name, ok: false, message: error.message };
  }
}
