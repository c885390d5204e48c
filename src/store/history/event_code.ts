// How many events become few bytes and come back the same: column by column, ids as bytes that are named once, the rest
// deflated.

import { deflate, inflate } from "./deflate.ts";
import { IdReader, IdWriter } from "./id_words.ts";

/** An event as its row holds it. */
export interface EventCells {
  /** UTC ms. */
  at: number;
  type: string;
  level: string;
  job: string | null;
  runId: string | null;
  message: string;
  /** JSON, as it is stored. */
  data: string | null;
}

/** An event and its number. */
export interface OldEvent extends EventCells {
  seq: number;
}

/** What `encodeEvents` makes of events. */
interface EventCode {
  ids: Uint8Array;
  body: Uint8Array;
}

type Columns = [
  seq: number[],
  at: number[],
  type: string[],
  level: string[],
  job: (string | null)[],
  runId: (string | null)[],
  message: string[],
  data: (string | null)[],
];

/** Events in the order of their sequence numbers. */
export async function encodeEvents(events: readonly OldEvent[]): Promise<EventCode> {
  const words = new IdWriter();
  const columns: Columns = [
    differences(events.map(({ seq }) => seq)),
    differences(events.map(({ at }) => at)),
    events.map(({ type }) => type),
    events.map(({ level }) => level),
    events.map(({ job }) => job),
    events.map(({ runId }) => words.write(runId)),
    events.map(({ message }) => words.write(message)),
    events.map(({ data }) => words.write(data)),
  ];
  return {
    body: await deflate(new TextEncoder().encode(JSON.stringify(columns))),
    ids: words.bytes(),
  };
}

/** Rejects whatever `encodeEvents` did not make. */
export async function decodeEvents({ ids, body }: EventCode): Promise<OldEvent[]> {
  const text = new TextDecoder("utf-8", { fatal: true }).decode(await inflate(body));
  const [seqs, ats, types, levels, jobs, runIds, messages, details] = JSON.parse(text) as Columns;
  const words = new IdReader(ids);
  const seq = sums(seqs);
  const at = sums(ats);
  const runId = runIds.map((cell) => words.read(cell));
  const message = messages.map((cell) => words.read(cell));
  const data = details.map((cell) => words.read(cell));
  return seq.map((one, n) => ({
    seq: one,
    at: at[n]!,
    type: types[n]!,
    level: levels[n]!,
    job: jobs[n]!,
    runId: runId[n]!,
    message: message[n]!,
    data: data[n]!,
  }));
}

function differences(numbers: readonly number[]): number[] {
  return numbers.map((number, n) => n === 0 ? number : number - numbers[n - 1]!);
}

function sums(numbers: readonly number[]): number[] {
  let sum = 0;
  return numbers.map((number) => sum += number);
}
