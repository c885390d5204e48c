// Keeps what the calls of each provider over HTTP last told of it; part of the composition root.

import { type CallAnswer, type Contact, contactAfter, type ContactTrouble } from "../domain/contact.ts";
import type { ProviderSpec } from "../domain/provider_spec.ts";
import type { ContactRow } from "../observe/contact_gauges.ts";
import type { EngineEvent, EventSink } from "../ports/events.ts";

/** Follows the events of calls; what was before the start is not known. */
export class ContactBook implements EventSink {
  readonly #contacts = new Map<string, Contact>();

  emit({ type, at, data = {} }: EngineEvent): void {
    if (type !== "provider.call") return;
    const { provider, status, unreadable, why } = data;
    if (typeof provider !== "string" || (typeof status !== "number" && status !== "error")) return;
    const answer: CallAnswer = {
      at,
      status,
      unreadable: unreadable === true,
      ...(typeof why === "string" ? { why } : {}),
    };
    this.#contacts.set(provider, contactAfter(this.#contacts.get(provider), answer));
  }

  /** Null where it was not called yet. */
  of(key: string): Contact | null {
    return this.#contacts.get(key) ?? null;
  }

  /** Of those of the configuration that were called, in its order. */
  rows(providers: ReadonlyMap<string, unknown>): { provider: string; contact: Contact }[] {
    return [...providers.keys()].flatMap((provider) => {
      const contact = this.#contacts.get(provider);
      return contact === undefined ? [] : [{ provider, contact }];
    });
  }

  /** Those of them that did not answer the last call. */
  troubles(providers: ReadonlyMap<string, unknown>): { provider: string; trouble: ContactTrouble }[] {
    return this.rows(providers).flatMap(({ provider, contact: { trouble } }) =>
      trouble === null ? [] : [{ provider, trouble }]
    );
  }
}

/** The same for metrics, with the host of each. */
export function contactRows(book: ContactBook, providers: ReadonlyMap<string, ProviderSpec>): ContactRow[] {
  return book.rows(providers).map(({ provider, contact }) => {
    const spec = providers.get(provider)!;
    return { provider, host: spec.kind === "http" ? spec.host ?? "" : "", contact };
  });
}
