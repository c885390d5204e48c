// What an act of the page is: a button, what it will do in words, and a request to the API.

import type { Operations } from "../../ports/operations.ts";
import type { Reads } from "../../ports/store.ts";
import type { IconName } from "../components/icon.tsx";

/** A field of the form that asks for what an act needs. */
export interface ActField {
  name: string;
  label: string;
  hint?: string;
  /** `typed`: what is named by `expected` is to be typed again, so that nobody does it by mistake. */
  kind: "text" | "time" | "typed";
  expected?: string;
  optional?: true;
}

/** What is sent to the API. */
interface ActRequest {
  method: "POST" | "PUT" | "DELETE";
  /** As the API publishes it. */
  path: string;
  body?: Record<string, string | string[]>;
}

/** What is looked at for that. */
export interface LookSources {
  operations: Operations;
  reads: Pick<Reads, "run" | "backups">;
  /** UTC ms. */
  now: number;
}

/** A freeze or a hold that stands already. */
export interface InForce {
  what: "freeze" | "hold";
  reason: string;
  /** UTC ms; null: until somebody ends it. */
  until: number | null;
}

/** What somebody has to have seen before they do it. */
export interface ActLook {
  /** In words. */
  sentences: string[];
  /** One by one, some of them where they are many. */
  rows: { caption: string; head: string[]; rows: string[][] } | null;
  /** Goes along with the form, so that what was seen is what is done. */
  seen: Record<string, string>;
  /** Why there is nothing to do, in a sentence. */
  refusal?: string;
  /** What the act would replace. */
  inForce?: InForce;
  /** What the form begins with. */
  filled?: Record<string, string>;
}

/** Something that somebody may do by the page. `of`: the job, run or channel that it is done to; empty: everything. */
export interface Act {
  /** On the button. */
  verb: string;
  icon: IconName;
  /** It deletes, or lets something be deleted. */
  isGrave?: true;
  /** The rule of the API by which it is known who may. */
  endpoint: string;
  title(of: string): string;
  /** What will happen, a sentence each, before it does. */
  before(of: string): string[];
  /** Rejects as its operations do; undefined: there is no such thing. */
  look?(of: string, sources: LookSources): Promise<ActLook | undefined>;
  /** `look`: what was seen, for acts that look. */
  fields?(of: string, look?: ActLook): ActField[];
  /** `fields`: what was filled in, and what was seen. */
  request(of: string, fields: Readonly<Record<string, string>>): ActRequest;
  /** What has happened; `answer` is the API's. */
  after(of: string, answer: Record<string, unknown>): string;
  /** The run that came of it, where one did. */
  runOf?(answer: Record<string, unknown>): string | undefined;
}
