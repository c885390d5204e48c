// What all that answers over HTTP has in common: who asks, what they may, what an error says. Types only.

import type { PeerInfo } from "./host.ts";
import type { Caller } from "./operations.ts";

/** Why a request is not done, for whoever asked. */
export interface Refusal {
  /** Of HTTP. */
  status: number;
  detail: string;
  headers: Record<string, string>;
}

/** What was found out about who asks: the one place that knows a caller, or a refused one, with the name. */
export interface Identity {
  /** Null: nobody who may ask. */
  caller: Caller | null;
  /** What they showed; `nothing` also where nothing is asked for, `unreadable` for what is no credentials. */
  by: "socket" | "proxy" | "token" | "password" | "session" | "nothing" | "unreadable";
  /** A caller of ours whom the request names without proof, or whose token has expired. */
  claimed?: string;
  /** When what they showed ends (UTC ms). */
  expires?: number;
  /** A wrong password of a flood, which was told already. */
  isFlood?: true;
  /** Why they are refused whatever they ask for: a stranger's page (403, 421), a flood (429). */
  refusal?: Refusal;
}

/** By what people can log in. */
export interface WaysIn {
  /** False: nobody is named, and all who come are one caller. */
  isNamed: boolean;
  passwords: boolean;
  tokens: boolean;
}

/** The rules at the door: the same for programs and for people, as of now. */
export interface Door {
  /** Who sends this, by the socket, the proxy, or what its headers show; never rejects for what they send. */
  identify(request: Request, peer: PeerInfo): Promise<Identity>;
  /** Whether the API would let them: `PUT /freeze`. */
  may(endpoint: string, caller: Caller | null): boolean;
  ways(): WaysIn;
  /** Another object once an edit of the configuration changed who may ask. */
  rules(): object;
  /** What an error says to whoever asked; what is not foreseen says nothing of its inside. */
  refusalOf(error: unknown): Refusal;
}
