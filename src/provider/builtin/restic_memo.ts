// Which repository was used before: what a provider remembers itself, or what those know that have the same one.

import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { z } from "zod";
import { repositoryIdentity } from "../../domain/repository_identity.ts";
import type { ProviderNotes } from "../../ports/backup_memory.ts";
import type { ResticHome } from "./restic_siblings.ts";

/** The repository that must be there. */
interface ExpectedRepository {
  id: string;
  /** What a person does to go on with another one; follows "To go on with this one". */
  toForget: string;
}

/** The memory of one provider. */
export interface RepositoryMemo {
  /** The id of the one that this provider used; undefined when it used none. */
  known(): Promise<string | undefined>;
  /**
   * The one that was used before, by this provider or else by another that has the same place: what is new there may find
   * the disk of the others not mounted. Undefined when nobody knows, or they know of several.
   */
  expected(): Promise<ExpectedRepository | undefined>;
  remember(id: string): Promise<void>;
}

const memoSchema = z.object({ repository: z.string(), id: z.string() });

/** What else says which place it is. */
export interface MemoPlace {
  /** Where the repository is must not be read in the notes, so a digest of that stands there. */
  isHidden: boolean;
  /** The repository as it is written, where that is a relative path: it is noted so, wherever that leads. */
  written: string | undefined;
  /** What a relative path in the notes stood on. */
  folder: string;
}

/** Kept in `notes`; null: as long as this program runs. */
export function createRepositoryMemo(
  notes: ProviderNotes | null,
  repository: string,
  home: ResticHome,
  { isHidden, written, folder }: MemoPlace,
): RepositoryMemo {
  const text = written ?? repository;
  let inMind: string | undefined;

  /** Whether the notes speak of this repository. */
  function isHere(noted: string): boolean {
    const texts = [repository, text];
    if (texts.some((one) => noted === digestOf(one) || isSameText(noted, one))) return true;
    const plain = noted.replace(/^local:/, "");
    return !plain.startsWith("/") && isSameText(`${folder}/${plain}`, repository);
  }

  async function known(): Promise<string | undefined> {
    if (notes === null) return inMind;
    const text = await notes.read("repository");
    if (text === undefined) return undefined;
    try {
      const memo = memoSchema.parse(JSON.parse(text));
      // Another place is another repository, which the settings chose.
      return isHere(memo.repository) ? memo.id : undefined;
    } catch {
      return undefined;
    }
  }

  home.member.used = async () => {
    const id = await known();
    return id === undefined ? undefined : { id, toForget: notes?.toForget("repository") ?? "start again" };
  };

  return {
    known,
    async expected() {
      const found: ExpectedRepository[] = [];
      for (const { key, used } of home.members()) {
        const one = await used();
        if (one === undefined) continue;
        if (key === home.member.key) return one;
        found.push({ ...one, toForget: `${one.toForget}: provider '${key}' used it` });
      }
      return new Set(found.map(({ id }) => id)).size === 1 ? found[0] : undefined;
    },
    async remember(id) {
      inMind = id;
      await notes?.write(
        "repository",
        JSON.stringify({ repository: isHidden ? digestOf(text) : text, id }) + "\n",
      );
    },
  };
}

function isSameText(one: string, other: string): boolean {
  return repositoryIdentity(one) === repositoryIdentity(other);
}

function digestOf(repository: string): string {
  return `sha256:${bytesToHex(sha256(new TextEncoder().encode(repositoryIdentity(repository))))}`;
}
