// Who came to the door and what became of it, as the audit trail is told. Types only.

/** One request that was answered. */
export interface Visit {
  /** The caller's name; null for nobody. */
  caller: string | null;
  /** Whom the request named without proof, or without a role; undefined: nobody. */
  claimed?: string;
  role: string | null;
  /** `unix`, or the address with its port. */
  remote: string;
  method: string;
  /** The endpoint, as `/backups/{id}`; `none` where there is none. */
  route: string;
  path: string;
  status: number;
}

/** Keeps them. */
export interface Visits {
  /** Somebody asked for a change and was not refused; resolves once that is kept, or told where it cannot be. */
  changed(visit: Visit): Promise<void>;
  refused(visit: Visit): void;
  /** Somebody showed a name and password, here or to a proxy that is trusted. */
  loggedIn(visit: Visit): void;
}
