// The provider keys that the state knows, read once and kept from then on: each start asks for all of them.

import type { Change } from "../../ports/store.ts";

/** Keeps them for the process that writes the state. A key that was to be saved counts as known, whatever came of it. */
interface KnownKeys {
  /** A change is about to be committed. */
  saw(change: Change): void;
  /** In their order; the same list for as long as no key is new. */
  all(): Promise<readonly string[]>;
}

/** `read` answers those that are stored. */
export function knownKeys(read: () => Promise<readonly string[]>): KnownKeys {
  const known = new Set<string>();
  let list: readonly string[] = [];
  let reading: Promise<void> | undefined;

  async function takeIn(): Promise<void> {
    for (const key of await read()) known.add(key);
  }

  return {
    saw({ writes }) {
      for (const write of writes) {
        if (write.write === "insert") known.add(write.run.providerKey);
        else if (write.write === "addJob") known.add(write.state.providerKey);
        else if ("set" in write && write.set.providerKey !== undefined) known.add(write.set.providerKey);
      }
    },
    async all() {
      reading ??= takeIn();
      try {
        await reading;
      } catch (error) {
        reading = undefined;
        throw error;
      }
      if (list.length !== known.size) list = [...known].sort();
      return list;
    },
  };
}
