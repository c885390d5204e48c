// A request that the page refuses, with the words for whoever sent it.

import type { Refusal } from "../ports/door.ts";
import type { Paths } from "./paths.ts";

/** Thrown by handlers, and shown as a page. */
export class Refused extends Error implements Refusal {
  constructor(
    readonly status: number,
    readonly detail: string,
    readonly headers: Record<string, string> = {},
    /** Where to go on; absent: to the overview. */
    readonly way?: (paths: Paths) => { href: string; words: string },
  ) {
    super(detail);
    this.name = "Refused";
  }
}
