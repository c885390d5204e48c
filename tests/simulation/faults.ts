// What goes wrong at which boundary: a place where the program meets the store, a provider or time.

import type { StoreErrorKind } from "../../src/domain/errors.ts";
import type { Random } from "../../src/ports/host.ts";
import type { Behaviour } from "../support/fake_provider.ts";

export type BoundaryKind =
  | "commit"
  | "read"
  | "create"
  | "get"
  | "delete"
  | "lookup"
  | "list"
  | "capabilities"
  | "sleep";

/** What can become of one boundary. */
export const OUTCOMES = ["crash_before", "crash_after", "error_before", "error_after", "hang"] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** One fault at one boundary. */
export type Fault =
  | { fault: "crash_before" | "crash_after" }
  /** The store says so and has done nothing, or has done it (`done`). */
  | { fault: "store"; kind: StoreErrorKind; done: boolean }
  /** The call, the commit or the sleep takes this much longer. */
  | { fault: "delay"; ms: number }
  /** The provider behaves so. */
  | { fault: "provider"; behaviour: Behaviour };

export interface Boundary {
  /** From 1, over all lives of the program. */
  number: number;
  kind: BoundaryKind;
  /** How long a sleep would be. */
  ms?: number;
}

/** Decides what goes wrong. */
export interface FaultPlan {
  at(boundary: Boundary): Fault | undefined;
}

/** Nothing goes wrong. */
export const NO_FAULTS: FaultPlan = { at: () => undefined };

/** Exactly these boundaries fail, each in its way. */
export function faultsAt(faults: ReadonlyMap<number, Outcome>): FaultPlan {
  return {
    at(boundary) {
      const outcome = faults.get(boundary.number);
      return outcome === undefined ? undefined : faultOf(boundary.kind, outcome);
    },
  };
}

/** What an outcome means at a boundary of this kind; undefined where it means nothing. */
export function faultOf(kind: BoundaryKind, outcome: Outcome): Fault | undefined {
  // What has no effect ends alike before and after it.
  const hasEffect = kind === "commit" || kind === "create" || kind === "delete";
  if (!hasEffect && outcome === (kind === "read" || kind === "sleep" ? "crash_after" : "crash_before")) {
    return;
  }
  if (!hasEffect && kind !== "read" && outcome === "error_before") return;
  if (outcome === "crash_before" || outcome === "crash_after") return { fault: outcome };
  if (kind === "sleep") return outcome === "hang" ? { fault: "delay", ms: 600_000 } : undefined;
  if (kind === "commit") {
    if (outcome === "error_before") return { fault: "store", kind: "failed", done: false };
    if (outcome === "error_after") return { fault: "store", kind: "unknown", done: true };
    return { fault: "delay", ms: 20_000 };
  }
  if (kind === "read") {
    return outcome === "error_before" ? { fault: "store", kind: "failed", done: false } : undefined;
  }
  if (outcome === "error_before") return { fault: "provider", behaviour: { does: "lost_request" } };
  if (outcome === "error_after") return { fault: "provider", behaviour: { does: "lost_reply" } };
  return { fault: "provider", behaviour: { does: "hang", forMs: 10_000, effect: true } };
}

/** The kinds of trouble a seed switches on or off as a whole. */
export const FAULT_CLASSES = [
  "crash",
  "store_failed",
  "store_unknown",
  "store_busy",
  "store_full",
  "store_slow",
  "store_read",
  "create_unknown",
  "create_unsent",
  "create_refused",
  "get_trouble",
  "get_absent",
  "delete_unknown",
  "delete_refused",
  "slow_calls",
  "suspend",
] as const;
export type FaultClass = (typeof FAULT_CLASSES)[number];

/** Troubles at random, of the classes that are on; `rate` is the chance at one boundary of one class. */
export class SwarmFaults implements FaultPlan {
  /** Off: the world heals. */
  on = true;
  #full = 0;
  constructor(
    private readonly classes: ReadonlySet<FaultClass>,
    /** Classes that are drawn, but do not happen. */
    private readonly muted: ReadonlySet<string>,
    private readonly random: Random,
    private readonly rate: number,
    /** The longest time one POST may take; what comes late comes within it. */
    private readonly createTimeoutMs: number,
  ) {}

  at(boundary: Boundary): Fault | undefined {
    if (!this.on) return undefined;
    const crash = this.#hits("crash", boundary.kind === "sleep" ? 0.1 : 0.6);
    if (crash) return { fault: this.random.next() < 0.5 ? "crash_before" : "crash_after" };
    switch (boundary.kind) {
      case "commit":
        return this.#commit();
      case "read":
        return this.#hits("store_read", 0.5) ? { fault: "store", kind: "failed", done: false } : undefined;
      case "sleep":
        return this.#hits("suspend", 0.15) ? { fault: "delay", ms: this.#upTo(5_400_000) } : undefined;
      case "create":
        return this.#create();
      case "delete":
        return this.#delete();
      default:
        return this.#read();
    }
  }

  #commit(): Fault | undefined {
    if (this.#full > 0) {
      this.#full--;
      return { fault: "store", kind: "not_writable", done: false };
    }
    if (this.#hits("store_full", 0.2)) this.#full = 1 + this.#upTo(12);
    if (this.#hits("store_failed")) return { fault: "store", kind: "failed", done: false };
    if (this.#hits("store_unknown")) {
      return { fault: "store", kind: "unknown", done: this.random.next() < 0.7 };
    }
    if (this.#hits("store_busy", 0.3)) return { fault: "store", kind: "in_use", done: false };
    if (this.#hits("store_slow")) return { fault: "delay", ms: this.#upTo(40_000) };
    return undefined;
  }

  #create(): Fault | undefined {
    if (this.#hits("create_unknown", 4)) {
      const within = this.createTimeoutMs - 1;
      return this.#one([
        { does: "lost_reply" },
        { does: "lost_request" },
        { does: "late", effectAfterMs: this.#upTo(within) },
        { does: "hang", forMs: within, effect: true },
        { does: "hang", forMs: within, effect: false },
        { does: "malformed" },
      ]);
    }
    if (this.#hits("create_unsent", 4)) {
      return this.#one([
        { does: "unsent" },
        { does: "unsent", status: 409 },
        { does: "unsent", status: 503, retryAfterMs: this.#upTo(60_000) },
      ]);
    }
    return this.#hits("create_refused", 2) ? this.#one([{ does: "refused" }]) : this.#slow();
  }

  #delete(): Fault | undefined {
    if (this.#hits("delete_unknown", 5)) {
      return this.#one([
        { does: "lost_reply" },
        { does: "lost_request" },
        { does: "unsent" },
        { does: "hang", forMs: 9_000, effect: true },
        { does: "hang", forMs: 9_000, effect: false },
      ]);
    }
    if (!this.#hits("delete_refused", 4)) return this.#slow();
    // One in four denies what is there, as something before the provider does that routes a DELETE elsewhere.
    const refused: Behaviour = { does: "refused" };
    return this.#one([refused, refused, refused, { does: "answer", answer: "absent" }]);
  }

  #read(): Fault | undefined {
    if (this.#hits("get_trouble", 2)) {
      return this.#one([
        { does: "malformed" },
        { does: "unsent" },
        { does: "lost_reply" },
        { does: "hang", forMs: 4_000 },
        { does: "refused" },
      ]);
    }
    return this.#slow();
  }

  #slow(): Fault | undefined {
    if (!this.#hits("slow_calls", 2)) return undefined;
    return { fault: "provider", behaviour: { does: "ok", afterMs: this.#upTo(4_000) } };
  }

  #hits(fault: FaultClass, weight = 1): boolean {
    return this.classes.has(fault) && this.random.next() < this.rate * weight && !this.muted.has(fault);
  }

  #one(behaviours: Behaviour[]): Fault {
    return { fault: "provider", behaviour: behaviours[Math.floor(this.random.next() * behaviours.length)]! };
  }

  #upTo(most: number): number {
    return Math.floor(this.random.next() * most);
  }
}
