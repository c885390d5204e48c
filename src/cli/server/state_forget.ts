// `schelly state forget`: takes out of an idle state what a built-in remembers of its storage, so that it begins anew.

import { StoreError } from "../../domain/errors.ts";
import type { Host } from "../../ports/host.ts";
import { loadConfiguration } from "../terminal/configuration.ts";
import { EXIT, Failure } from "../terminal/exit.ts";
import { displayOf } from "../terminal/render.ts";

interface ForgetArgs {
  config?: string;
  provider: string;
  note: string;
}

/** Forgets one note of one provider; the backups stay known. */
export async function forgetNote(args: ForgetArgs, host: Host): Promise<number> {
  const { state } = await loadConfiguration({ config: args.config }, host, "optional");
  const { forgetNotes } = await import("../../store/memory/forget_notes.ts");
  const isGone = await forgetNotes(state, args.provider, args.note, host).catch((error) => {
    if (!(error instanceof StoreError) || error.kind !== "in_use") throw error;
    throw new Failure(EXIT.inUse, `${error.message}: stop the server first`);
  });
  if (!isGone) {
    throw new Failure(
      EXIT.notFound,
      `Cannot forget '${args.note}' of provider '${args.provider}': the state knows none: expected the words of the ` +
        "message that asks for it",
    );
  }
  displayOf(host).note(
    `Forgotten: ${args.note} of provider ${args.provider}. Its next backup begins anew there.`,
  );
  return EXIT.ok;
}
