// Questions on a terminal whose answers are judged when they are given: what cannot be used is asked for again.

import type { Host } from "../../ports/host.ts";
import { EXIT, Failure } from "../terminal/exit.ts";
import { displayOf } from "../terminal/render.ts";

/** An answer as it is meant, or what is wrong with it. `doubt`: what speaks against one that could be meant all the same. */
export type Judged<T> = { value: T; doubt?: string } | { error: string };

/** What is asked. */
interface Question<T> {
  words: string;
  /** The flag that says the same, named where there is no terminal to ask on. */
  flag: string;
  /** What Enter stands for; absent: there is no usual answer. */
  usual?: string;
  /** An answer that would do. */
  example: string;
  judge(answer: string): Judged<T> | Promise<Judged<T>>;
}

/**
 * What a flag says, judged; else what is answered, or the usual answer where there is no terminal. Rejects with `Failure`
 * where the flag cannot be used, where there is no answer to be had, and where the input ends.
 */
export async function answerTo<T>(question: Question<T>, flag: string | undefined, host: Host): Promise<T> {
  const said = flag ?? (host.terminal.inIsTty ? undefined : question.usual);
  if (said !== undefined) {
    const judged = await question.judge(said);
    if ("error" in judged) {
      throw new Failure(EXIT.usage, `Cannot use '${said}' as ${question.flag}: ${judged.error}`);
    }
    if (judged.doubt !== undefined) displayOf(host).note(`note: ${judged.doubt}`);
    return judged.value;
  }
  if (!host.terminal.inIsTty) {
    throw new Failure(EXIT.usage, `There is no terminal to ask on: expected ${question.flag}`);
  }
  return await ask(question, host);
}

async function ask<T>({ words, usual, example, judge }: Question<T>, host: Host): Promise<T> {
  const { note } = displayOf(host);
  let doubted: { value: T } | undefined;
  for (;;) {
    const offer = doubted === undefined && usual !== undefined
      ? ` [${usual}]:`
      : words.endsWith("?")
      ? ""
      : ":";
    const answer = await host.terminal.ask(`${words}${offer} `);
    if (answer === null) throw new Failure(EXIT.failed, "Nothing was written");
    const said = answer.trim();
    if (said === "" && doubted !== undefined) return doubted.value;
    if (said === "" && usual === undefined) {
      note(`This has no usual answer: type one, such as ${example}`);
      continue;
    }
    const judged = await judge(said === "" ? usual! : said);
    doubted = undefined;
    if ("error" in judged) {
      note(
        `${/^Cannot /.test(judged.error) ? "" : "Cannot use that: "}${judged.error}; an example: ${example}`,
      );
    } else if (judged.doubt === undefined) return judged.value;
    else {
      doubted = judged;
      note(`${judged.doubt}: press Enter to take it anyway, or type another one`);
    }
  }
}
