// Who holds a state that several instances may use: what is seen of it, and what its holder does. Types only.

import type { StoreError } from "../domain/errors.ts";

/** How an instance shows itself to the others. */
export interface Instance {
  /** Its name, for people. */
  node: string;
  /** Where callers reach it; null: that is not said. */
  address: string | null;
  /**
   * What no two instances have that live at the same time: the state folder of one machine, while this process has the lock
   * on it. Null: there is none, so nothing proves that a former holder is dead.
   */
  place: string | null;
  /** Of its jobs and providers; another one than the holder's shows. */
  fingerprint: string | null;
}

/** The lease as it stood when it was looked at. */
export interface LeaseSeen {
  epoch: number;
  /** Of one boot of one instance. */
  holder: string;
  /** Moves with each renewal. Null: an older version holds it, which never renews. */
  renewals: number | null;
  /** Its holder gave it back, and does nothing any more. */
  isReleased: boolean;
  node: string | null;
  address: string | null;
  place: string | null;
  fingerprint: string | null;
  /** UTC ms by the holder's clock. */
  takenAt: number;
  /** How long it lasts after each renewal (ms), as its holder counts; null: not said. */
  ttlMs: number | null;
  /** By the clock of the database (UTC ms), to be shown: nobody decides by it. */
  expiresAt: number | null;
  /** What the clock of the database said as it was looked at (UTC ms). */
  seenAt: number;
}

/** Looks at the lease of a state without taking it. */
export interface LeaseWatch extends AsyncDisposable {
  /** Null: nobody has ever held it. Rejects with `StoreError`. */
  look(): Promise<LeaseSeen | null>;
}

/** A lease is taken only where it still stands as it was seen; null: where nobody has ever held it. */
export type Expected = Pick<LeaseSeen, "epoch" | "holder" | "renewals"> | null;

/** The lease as its holder has it. */
export interface HeldLease {
  readonly epoch: number;
  readonly holder: string;
  /** Who held it before; null for the first one. */
  readonly former: LeaseSeen | null;
  /** `lost`: somebody else took it. Rejects with `StoreError` where that cannot be found out. */
  renew(): Promise<"renewed" | "lost">;
  /** What is said of one that is lost: who took it, as far as that can be found out. */
  whyLost(): Promise<StoreError>;
  /** Gives it back, so that another may take it at once; nothing where it is lost. Rejects with `StoreError`. */
  release(): Promise<void>;
}
