// The way to an act, for those who may.

import type { Act } from "./act.ts";
import { type ActName, ACTS } from "./acts.ts";
import type { Frame } from "../layout.tsx";
import { Icon } from "../components/icon.tsx";

interface ActButtonProps {
  frame: Frame;
  act: ActName;
  /** What it is done to; absent: everything. */
  of?: string;
  /** Where one is, to come back to. */
  back: string;
  /** Instead of the verb, where the place says the rest. */
  words?: string;
  isMain?: boolean;
}

/** Leads to the page that says what will happen; nothing at all for whoever may not. */
export function ActButton({ frame, act: name, of = "", back, words, isMain }: ActButtonProps) {
  const act: Act = ACTS[name];
  if (frame.viewer?.may(act.endpoint) !== true) return null;
  return (
    <a class={isMain ? "button main" : "button"} href={actAddress(frame, name, of, back)}>
      <Icon name={act.icon} />
      {words ?? act.verb}
      {words === undefined && of !== "" ? <span class="unseen">{` ${of}`}</span> : null}
    </a>
  );
}

/** Of the page that asks; `of` empty: everything. */
export function actAddress({ paths }: Frame, name: ActName, of: string, back: string): string {
  return `${paths.act(name)}?${new URLSearchParams({ ...(of === "" ? {} : { of }), back })}`;
}
