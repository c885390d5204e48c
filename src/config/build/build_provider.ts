// A provider's settings become what is needed to reach or run it, under a key that outlives edits of its details.

import type { Json } from "../../domain/job.ts";
import {
  hostKey,
  type HttpProviderSpec,
  type ProviderBase,
  type ProviderSpec,
} from "../../domain/provider_spec.ts";
import { isSame } from "../../domain/same.ts";
import { refuseClientTls } from "./build_client_tls.ts";
import { buildBacky2, buildCommand, buildRestic } from "./build_builtin.ts";
import { buildConductor } from "./build_conductor.ts";
import type { Bodies, ProviderBuild } from "./provider_build.ts";
import type { Report } from "../document/report.ts";
import { buildService } from "./build_service.ts";
import { readProviderUrl } from "./http_rules.ts";
import { formerHostKeys, type ProviderHost } from "./provider_hosts.ts";
import { hasHostPlace, putHost } from "../document/host_place.ts";
import type { ProviderSettings } from "../schema/schema_provider.ts";
import type { Path } from "../document/tree.ts";
import { secretValuesIn, templateAt, valuesInAddress } from "../document/variables.ts";
import { addressKey } from "./address_key.ts";
import { milliseconds } from "../values/durations.ts";

/** What is not said by the user, in the words of the document. */
export const CALL_DEFAULTS = {
  timeout: { create: "60s", get: "10s", delete: "10m" },
  poll_interval: "5s",
  max_concurrent: 1,
  verify_before_delete: true,
} as const;

/** One provider, and what it is by itself. */
interface BuiltProvider {
  spec: ProviderSpec;
  /**
   * The keys that it has, or had before there were templates, when it is written in a job: by these it is known to be the
   * same service. The last one has all in it that variables give. None for a command, of which only the job it is written
   * in says what it is.
   */
  identities: string[];
}

/**
 * The spec of the provider written at `path`, or undefined when it is wrong (and reported).
 * `name`: its name in `providers`; null for one written in a job, whose bodies stay with the job. `host`: the one of its
 * hosts that is meant.
 */
export function buildProvider(
  settings: ProviderSettings,
  name: string | null,
  path: Path,
  build: ProviderBuild,
  host?: ProviderHost,
): BuiltProvider | undefined {
  const { report } = build;
  const kinds = (["url", "restic", "command", "backy2", "conductor"] as const).filter((kind) =>
    settings[kind] !== undefined
  );
  if (kinds.length !== 1) {
    const found = kinds.length === 0 ? "is nothing to call" : `is ${kinds.join(" and ")} at once`;
    const expected = `url, restic, command, backy2 or conductor${name === null ? ", or use" : ""}`;
    report.add(path, { message: `the provider ${found}: expected one of ${expected}` });
    return undefined;
  }
  const base: ProviderBase = {
    key: "",
    formerly: [],
    maxConcurrent: settings.max_concurrent ?? CALL_DEFAULTS.max_concurrent,
    timeouts: {
      createMs: milliseconds(settings.timeout?.create ?? CALL_DEFAULTS.timeout.create),
      getMs: milliseconds(settings.timeout?.get ?? CALL_DEFAULTS.timeout.get),
      deleteMs: milliseconds(settings.timeout?.delete ?? CALL_DEFAULTS.timeout.delete),
    },
    pollIntervalMs: milliseconds(settings.poll_interval ?? CALL_DEFAULTS.poll_interval),
    verifyBeforeDelete: settings.verify_before_delete ?? CALL_DEFAULTS.verify_before_delete,
  };
  if (settings.url === undefined && settings.conductor === undefined) {
    refuseClientTls(settings, path, build);
    for (const key of ["headers", "headers_file", "token", "token_file"] as const) {
      if (settings[key] !== undefined) {
        report.add([...path, key], {
          message: "goes with a url or conductor only: expected env or env_file in another built-in",
        });
      }
    }
  }
  const bodies = name === null
    ? { createBody: undefined, deleteBody: undefined }
    : bodiesOf(settings, path, report);
  const spec = settings.url !== undefined
    ? buildHttp(settings, base, bodies, path, build, host)
    : settings.conductor !== undefined
    ? buildConductor(settings, settings.conductor, base, bodies, path, build)
    : settings.restic !== undefined
    ? buildRestic(settings.restic, base, bodies, [...path, "restic"], build)
    : settings.command !== undefined
    ? buildCommand(settings.command, base, bodies, [...path, "command"], build)
    : buildBacky2(settings.backy2!, base, bodies, [...path, "backy2"], build);
  if (spec === undefined) return undefined;
  const identities = identitiesOf(spec, path, build, host);
  const ownKey = host === undefined || name === null ? name : hostKey(name, host.name);
  spec.key = ownKey ?? identities[0] ?? spec.key;
  const hidden = hiddenIn(spec, path, build);
  if (hidden.length > 0) spec.hidden = hidden;
  const formerly = (settings.formerly ?? []).map((key) => host === undefined ? key : putHost(key, host.name));
  if (host !== undefined) formerly.push(...formerHostKeys(name!, host));
  spec.formerly = [...new Set(formerly.map(formerKey))]
    .filter((key) => key !== spec.key)
    // In which order they are written says nothing.
    .toSorted();
  return { spec, identities };
}

/** Where its address stands, and with what a key of it begins. */
const ADDRESSES = {
  http: { keys: ["url"], prefix: "" },
  restic: { keys: ["restic", "repository"], prefix: "restic:" },
  backy2: { keys: ["backy2", "source"], prefix: "backy2:" },
  conductor: { keys: ["conductor", "url"], prefix: "conductor:" },
} as const;

/** `spec.key` is its address with all in it. */
function identitiesOf(
  { kind, key }: ProviderSpec,
  path: Path,
  build: ProviderBuild,
  host: ProviderHost | undefined,
): string[] {
  if (kind === "command") return [];
  const { keys, prefix } = ADDRESSES[kind];
  const template = templateAt(build, [...path, ...keys]);
  const ofHost = host === undefined || template === undefined ? template : putHost(template, host.address);
  return [...new Set([addressKey(key, prefix, ofHost), key])];
}

/** What variables gave to its address, and those of them that are named like secrets to its bodies. */
function hiddenIn({ kind }: ProviderSpec, path: Path, build: ProviderBuild): string[] {
  const address = kind === "command" ? [] : valuesInAddress(build, [...path, ...ADDRESSES[kind].keys]);
  return [...new Set([...address, ...bodySecrets(path, build)])].toSorted();
}

/** What variables named like secrets gave to the bodies that stand at a path. */
export function bodySecrets(path: Path, build: ProviderBuild): string[] {
  return ["body", "create_body", "delete_body"].flatMap((key) => secretValuesIn(build, [...path, key]));
}

/** What create and delete calls carry; JSON in quotes is most likely a mistake and refused. */
export function bodiesOf(settings: ProviderSettings, path: Path, report: Report): Bodies {
  for (const key of ["body", "create_body", "delete_body"] as const) {
    const value = settings[key];
    if (typeof value === "string" && /^\s*[{[]/.test(value) && isJson(value)) {
      report.add([...path, key], {
        message: "is JSON inside quotes, which would be sent as one text: expected it without the quotes",
      });
    }
  }
  const pick = (own: Json | undefined) => own ?? (settings.body as Json | undefined) ?? undefined;
  return { createBody: pick(settings.create_body), deleteBody: pick(settings.delete_body) };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function buildHttp(
  settings: ProviderSettings,
  base: ProviderBase,
  bodies: Bodies,
  path: Path,
  build: ProviderBuild,
  host: ProviderHost | undefined,
): HttpProviderSpec | undefined {
  const { report } = build;
  if (host === undefined && hasHostPlace(settings.url!)) {
    // They may be there, and what is wrong with them told.
    if (report.isTainted([...path, "hosts"])) return undefined;
    report.add([...path, "url"], {
      message:
        `${report.shown([...path, "url"], settings.url!)} has {host}, and there are no hosts: expected ` +
        "their names beside it, such as hosts: [web-1, web-2]",
      ...(path[0] === "providers" ? {} : { hint: "hosts belong to an entry of providers" }),
    });
    return undefined;
  }
  const service = buildService(settings, settings.url!, [...path, "url"], path, build, host);
  if (service === undefined) return undefined;
  const named = host === undefined ? {} : { host: host.name };
  return { ...base, key: base.key || service.url, kind: "http", ...service, ...named, ...bodies };
}

/** A key that names the same provider in an older configuration: a URL is normalised, all else stays. */
function formerKey(written: string): string {
  const address = readProviderUrl(written);
  return "error" in address ? written : address.url;
}

/** What follows from how its address was written. */
const WRITTEN = new Set(["key", "hidden", "shownUrl"]);

/** The names of settings in which two specs of one service differ, in the words of the document. */
export function differences(a: ProviderSpec, b: ProviderSpec): string[] {
  const left = a as unknown as Record<string, unknown>;
  const right = b as unknown as Record<string, unknown>;
  return [...new Set([...Object.keys(left), ...Object.keys(right)])]
    .filter((key) => !WRITTEN.has(key) && !isSame(left[key], right[key]))
    .map((key) => key.replace(/Ms$/, "").replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));
}
