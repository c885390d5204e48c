// The provider protocol over HTTP: what each answer means, and what may be concluded from it.
// Repeats nothing: when and whether to call again is the engine's.

import type { HttpProviderSpec } from "../../domain/provider_spec.ts";
import { type BackupInfo, type Capabilities, NO_CAPABILITIES, type Provider } from "../../ports/provider.ts";
import { parseCapabilities, writeCallHeaders } from "../protocol/call_headers.ts";
import { checkHttpProvider } from "./http_check.ts";
import { shorten } from "./call_errors.ts";
import { createHttpClient, type HttpClient, type HttpProviderPorts } from "./http_client.ts";
import type { Redact } from "../output_ring.ts";
import {
  HEADERS,
  MAX_LIST,
  MAX_LIST_BYTES,
  type ReadBackup,
  readBackup,
  readStarted,
} from "../protocol/protocol.ts";

const STARTED = [200, 201, 202];
/** How long discovered extensions are believed; failures are not remembered. */
const CAPABILITIES_MS = 10 * 60 * 1000;
/** How many oddities are remembered, so that each is told once and not at every poll. */
const ODDITIES = 1000;

/** A provider reached by HTTP at `spec.url`. */
export function createHttpProvider(spec: HttpProviderSpec, ports: HttpProviderPorts): Provider {
  const client = createHttpClient(spec, ports);
  const accept = createAccept(spec, ports, client);
  const { createMs, getMs, deleteMs } = spec.timeouts;
  const ask = () => askCapabilities(client, getMs);
  let known: { at: number; capabilities: Promise<Capabilities> } | undefined;

  const provider: Provider = {
    key: spec.key,

    async create(call) {
      const answer = await client.send({
        operation: "create",
        what: `start a backup of job '${call.job}'`,
        method: "POST",
        url: client.url(),
        headers: writeCallHeaders(call),
        body: call.body === undefined ? spec.createBody : call.body,
        limitMs: createMs,
        needsBody: STARTED,
        runId: call.runId,
        job: call.job,
      });
      if (!STARTED.includes(answer.status)) throw answer.unexpected("200, 201 or 202");
      const expected = "JSON with the 'id' of the backup it started; one may be running there now";
      const json = answer.json();
      if (!json.ok) throw answer.failure("unknown", json.problem, expected);
      const read = readStarted(json.value, client.redact);
      if (!read.ok) {
        throw answer.failure("unknown", `its answer names no usable backup: ${read.problem}`, expected);
      }
      const { id, runId } = read.backup;
      if (runId !== undefined && runId !== call.runId) {
        const found = `it answered backup '${shorten(id)}' of another run '${shorten(runId)}'`;
        throw answer.failure("unknown", found, `one of run '${call.runId}'`);
      }
      return accept(read);
    },

    async get(id) {
      const what = `look up backup '${shorten(id)}'`;
      client.demandSendable(id, what);
      const answer = await client.send({
        operation: "info",
        what,
        method: "GET",
        url: client.url({ id }),
        limitMs: getMs,
        needsBody: [200],
      });
      if (answer.status === 404) return { found: "no" };
      if (answer.status === 410) return { found: "gone" };
      if (answer.status !== 200) throw answer.unexpected("200, 404 or 410");
      const expected = "JSON with its 'id' and 'status'";
      const json = answer.json();
      if (!json.ok) throw answer.failure(json.kind, json.problem, expected);
      const read = readBackup(json.value, client.redact);
      if (!read.ok) throw answer.failure("malformed", `its answer is no backup: ${read.problem}`, expected);
      if (read.backup.id !== id) {
        throw answer.failure(
          "malformed",
          `it answered another backup '${shorten(read.backup.id)}'`,
          expected,
        );
      }
      return { found: "yes", backup: accept(read) };
    },

    async delete(id, body, fence) {
      const what = `delete backup '${shorten(id)}'`;
      client.demandSendable(id, what);
      const answer = await client.send({
        operation: "delete",
        what,
        method: "DELETE",
        url: client.url({ id }),
        headers: { [HEADERS.fence]: String(fence) },
        body: body === undefined ? spec.deleteBody : body,
        limitMs: deleteMs,
        needsBody: [],
      });
      switch (answer.status) {
        case 200:
        case 204:
          return "deleted";
        case 202:
          return "accepted";
        case 404:
          return "absent";
        case 410:
          return "gone";
        default:
          throw answer.unexpected("200, 202, 204, 404 or 410");
      }
    },

    async lookup(runId) {
      const answer = await client.send({
        operation: "lookup",
        what: `look up the backup of run '${shorten(runId)}'`,
        method: "GET",
        url: client.url({ query: `run_id=${encodeURIComponent(runId)}` }),
        limitMs: getMs,
        needsBody: [200],
        runId,
      });
      const expected = "200 with a JSON array of the backups whose 'run_id' it is, an empty one for none";
      const { status } = answer;
      // That there is none must be said in words: a 404 may as well come from a wrong path or a proxy.
      if (status === 404) throw answer.failure("malformed", "it answered 404", expected);
      if (status !== 200) throw answer.unexpected(expected);
      const json = answer.json();
      if (!json.ok) throw answer.failure(json.kind, json.problem, expected);
      const items = readItems(Array.isArray(json.value) ? json.value : [json.value], client.redact);
      if (!items.ok) throw answer.failure("malformed", items.problem, expected);
      const ours = items.reads.filter((read) => read.backup.runId === runId);
      // Then the question was not understood, and that ours is not among them proves nothing.
      if (items.reads.length > 0 && ours.length === 0) {
        throw answer.failure("malformed", "it answered backups of other runs", expected);
      }
      const backups = ours.map(accept);
      // Should it have made several, the one furthest on serves best.
      return backups.find((one) => one.state === "available") ??
        backups.find((one) => one.state === "running") ??
        backups[0];
    },

    async list() {
      const answer = await client.send({
        operation: "list",
        what: "list the backups",
        method: "GET",
        url: client.url(),
        limitMs: getMs,
        needsBody: [200],
        maxBytes: MAX_LIST_BYTES,
      });
      const expected = `200 with a JSON array of at most ${MAX_LIST} backups`;
      if (answer.status !== 200) throw answer.unexpected(expected);
      const json = answer.json();
      if (!json.ok) throw answer.failure(json.kind, json.problem, expected);
      if (!Array.isArray(json.value)) throw answer.failure("malformed", "its answer is no array", expected);
      const items = readItems(json.value, client.redact);
      if (!items.ok) throw answer.failure("malformed", items.problem, expected);
      return items.reads.map(accept);
    },

    capabilities() {
      const now = ports.clock.monotonic();
      if (known !== undefined && now - known.at < CAPABILITIES_MS) return known.capabilities;
      const asked = { at: now, capabilities: ask() };
      known = asked;
      asked.capabilities.catch(() => {
        if (known === asked) known = undefined;
      });
      return asked.capabilities;
    },

    check: () => checkHttpProvider(provider, client.shownUrl, ask),

    output: () => Promise.resolve(undefined),
  };
  return provider;
}

type Read = ReadBackup & { ok: true };

/** Makes what tells each odd field once. */
function createAccept(spec: HttpProviderSpec, ports: HttpProviderPorts, client: HttpClient) {
  const told = new Set<string>();
  return ({ backup, notes }: Read): BackupInfo => {
    for (const note of notes.filter((note) => !told.has(note))) {
      if (told.size >= ODDITIES) told.clear();
      told.add(note);
      ports.sink.emit({
        type: "provider.odd",
        level: "warning",
        at: ports.clock.now(),
        message: client.redact(`Provider '${spec.key}' answered oddly for '${shorten(backup.id)}': ${note}`),
        data: { provider: spec.key, id: shorten(backup.id), note: client.redact(note) },
      });
    }
    return backup;
  };
}

/** Reads every item; one unreadable item spoils the whole, as it may be the one that is looked for. */
function readItems(
  values: unknown[],
  redact: Redact,
): { ok: true; reads: Read[] } | { ok: false; problem: string } {
  if (values.length > MAX_LIST) return { ok: false, problem: `it lists ${values.length} backups` };
  const reads: Read[] = [];
  for (const [index, value] of values.entries()) {
    const read = readBackup(value, redact);
    if (!read.ok) return { ok: false, problem: `its item ${index} is no backup: ${read.problem}` };
    reads.push(read);
  }
  return { ok: true, reads };
}

/** Any answer with the header counts; without it only an answer in good order means that there are none. */
async function askCapabilities(client: HttpClient, limitMs: number): Promise<Capabilities> {
  const answer = await client.send({
    operation: "options",
    what: "ask for extensions",
    method: "OPTIONS",
    url: client.url(),
    limitMs,
    needsBody: [],
  });
  const header = answer.headers.get(HEADERS.capabilities);
  if (header !== null) return parseCapabilities(header);
  const { status } = answer;
  const trouble = status === 408 || status === 429 || (status >= 500 && status !== 501 && status !== 505);
  if (trouble) {
    throw answer.unexpected(`the header '${HEADERS.capabilities}', or 200, 204, 404, 405, 501 without`);
  }
  return NO_CAPABILITIES;
}
