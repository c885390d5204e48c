// Whether each provider over HTTP answers, as gauges.

import type { Contact } from "../domain/contact.ts";
import { gaugeText, labelText } from "./exposition.ts";

/** What the calls of one provider told. */
export interface ContactRow {
  provider: string;
  /** The name of its host where it is one of several; else empty. */
  host: string;
  contact: Contact;
}

/** The text of the gauges; empty before the first call. */
export function contactGauges(rows: readonly ContactRow[]): string[] {
  const labels = ({ provider, host }: ContactRow) => labelText(["provider", "host"], [provider, host]);
  return [
    gaugeText<ContactRow>({
      name: "schelly_provider_up",
      help: "1 when the last call of the provider got through, 0 when nobody answered or it was turned away.",
      each: (row, write) => write(labels(row), row.contact.trouble === null ? 1 : 0),
    }, rows),
    gaugeText<ContactRow>({
      name: "schelly_provider_answered_timestamp_seconds",
      help: "When a call of the provider last got through, since the start of the program.",
      each: (row, write) => {
        const { answeredAt } = row.contact;
        if (answeredAt !== null) write(labels(row), answeredAt / 1000);
      },
    }, rows),
  ];
}
