// What to do, as a page tells it: with its own links and buttons first, and the commands that do the same beneath.

import { capital, readable } from "../components/sentence.ts";
import type { Frame } from "../layout.tsx";
import { partsOf, type TextPart } from "./command_ways.ts";

interface ToldProps {
  frame: Frame;
  /** Texts that are Schelly's own: what others wrote leads nowhere. */
  text: string;
  /** Where one is, to come back to. */
  back: string;
  zone?: string;
  /** Its times say how far they are from UTC, among those of several zones. */
  isLabelled?: boolean;
}

/** A remedy as a sentence of the page. */
export function Remedy({ frame, text, back, ...clock }: ToldProps) {
  return (
    <div class="remedy soft">
      <p>
        <Told
          frame={frame}
          text={`${capital(text)}${/[.!?]$/.test(text) ? "" : "."}`}
          back={back}
          {...clock}
        />
      </p>
      <Commands parts={partsOf(text, frame, back)} />
    </div>
  );
}

/** A text in which commands are links, where a page does what they do, and else stay what they are. */
export function Told({ frame, text, back, zone = "UTC", isLabelled }: ToldProps) {
  return (
    <>
      {partsOf(text, frame, back).map((part) => {
        if ("words" in part) return readable(part.words, frame.now, zone, isLabelled);
        return part.way === null ? <code>{part.command}</code> : <a href={part.way.href}>{part.way.words}</a>;
      })}
    </>
  );
}

/** The commands that a text has links for, each once: for those who prefer them. */
export function Commands({ parts }: { parts: readonly TextPart[] }) {
  const commands = parts.flatMap((part) => "command" in part && part.way !== null ? [part.command] : []);
  if (commands.length === 0) return null;
  return (
    <p class="small faint">
      In a terminal: {[...new Set(commands)].map((command, at) => (
        <>
          {at === 0 ? null : ", "}
          <code>{command}</code>
        </>
      ))}
    </p>
  );
}
