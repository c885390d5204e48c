// The name of the host that a served provider is on: as it was told, or the one by which it was first asked for a backup. A
// wrong address must not make backups of this host in the name of another one, nor delete any here.

import { z } from "zod";
import { ProviderError } from "../../domain/errors.ts";
import type { ProviderNotes } from "../../ports/backup_memory.ts";
import { HEADERS } from "../protocol/protocol.ts";
import { problem } from "./answers.ts";

/** Judges calls by the host that they are meant for. */
export interface HostName {
  /** What a call is answered that is meant for another host; undefined lets in, as it does one that names none. */
  refuse(request: Request): Promise<Response | undefined>;
}

const noteSchema = z.object({ host: z.string() });

/**
 * `told`: the names it was started with, in lower case; absent: it takes the one of the first call that makes or deletes
 * anything, and keeps to it in `notes`. Rejects with `ProviderError` when those cannot be read.
 */
export async function openHostName(
  told: readonly string[] | undefined,
  notes: ProviderNotes | null,
): Promise<HostName> {
  if (told !== undefined) {
    const ours = told.map((host) => `'${host}'`).join(", ");
    return {
      refuse: (request) => {
        const meant = meantHost(request);
        const isOurs = meant === undefined || told.includes(meant);
        return Promise.resolve(isOurs ? undefined : stray(meant, `this is ${ours}`));
      },
    };
  }
  let known = await readNote(notes);
  let saved: Promise<void> = Promise.resolve();
  return {
    async refuse(request) {
      const meant = meantHost(request);
      if (meant === undefined) return undefined;
      if (known === undefined && (request.method === "POST" || request.method === "DELETE")) {
        // At once: the next call may be for another host.
        known = meant;
        saved = notes?.write("host", `${JSON.stringify({ host: meant })}\n`) ?? Promise.resolve();
      }
      if (known === undefined) return undefined;
      if (known !== meant) {
        const changed = `start this provider with --host ${meant} if that is its name now`;
        return stray(meant, `this is '${known}', by the first call that it took`, changed);
      }
      try {
        await saved;
        return undefined;
      } catch (error) {
        known = undefined;
        return problem(
          503,
          `Cannot save the name of this host: ${(error as Error).message}: nothing was done`,
        );
      }
    },
  };
}

function meantHost(request: Request): string | undefined {
  return request.headers.get(HEADERS.host)?.toLowerCase().slice(0, 100);
}

function stray(meant: string, who: string, otherwise?: string): Response {
  const advice = `check the address of '${meant}'${otherwise === undefined ? "" : `, or ${otherwise}`}`;
  return problem(421, `This call is meant for the host '${meant}', and ${who}: nothing was done; ${advice}`);
}

async function readNote(notes: ProviderNotes | null): Promise<string | undefined> {
  const text = await notes?.read("host");
  if (text === undefined) return undefined;
  try {
    return noteSchema.parse(JSON.parse(text)).host;
  } catch (error) {
    const message = `Cannot read the name of this provider's host: ${(error as Error).message}: ` +
      `${notes!.toForget("host")}, or name it by --host`;
    throw new ProviderError("unsent", message, { status: 503, cause: error });
  }
}
