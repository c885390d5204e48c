// The certificates of a provider over https: whom we trust there, and what shows it who we are. Read whole with the rest,
// so that a reload takes over what was checked, and files that change are followed.

import type { ClientTls } from "../../ports/host.ts";
import type { Path } from "../document/tree.ts";
import type { ProviderSettings } from "../schema/schema_provider.ts";
import { judgeCertificate, judgeKey } from "./pem.ts";
import type { ProviderBuild } from "./provider_build.ts";

const KEYS = { ca: "ca_file", cert: "client_cert_file", key: "client_key_file" } as const;

/** Reports those of a provider that is no server. */
export function refuseClientTls(settings: ProviderSettings, path: Path, { report }: ProviderBuild): void {
  for (const key of Object.values(KEYS)) {
    if (settings[key] !== undefined) {
      report.add([...path, key], { message: "goes with a url or conductor only" });
    }
  }
}

/** The PEM texts; undefined where nothing is written, or it is wrong and reported. */
export function buildClientTls(
  settings: ProviderSettings,
  url: string,
  path: Path,
  { report, secrets, tlsTrouble }: ProviderBuild,
): ClientTls | undefined {
  const written = Object.entries(KEYS).filter(([, key]) => settings[key] !== undefined);
  if (written.length === 0) return undefined;
  const at = (part: keyof typeof KEYS): Path => [...path, KEYS[part]];
  if (!/^https:/i.test(url)) {
    for (const [, key] of written) {
      report.add([...path, key], { message: "goes with https only: the url has another scheme" });
    }
    return undefined;
  }
  for (const [one, other] of [["cert", "key"], ["key", "cert"]] as const) {
    if (settings[KEYS[one]] !== undefined && settings[KEYS[other]] === undefined) {
      report.add(at(one), { message: `stands alone: expected ${KEYS[other]} beside it` });
      return undefined;
    }
  }
  const tls: ClientTls = {};
  let isWhole = true;
  for (const part of ["ca", "cert", "key"] as const) {
    const name = settings[KEYS[part]];
    const text = name === undefined ? undefined : secrets.textAt(at(part));
    if (name === undefined || text === undefined) continue;
    const judge = part === "key" ? judgeKey : judgeCertificate;
    isWhole = judge(text, name, at(part), report) && isWhole;
    tls[part] = text;
  }
  const trouble = isWhole ? tlsTrouble?.(tls) : undefined;
  if (trouble !== undefined) {
    report.add(at(trouble.part), { message: `'${settings[KEYS[trouble.part]]}' ${trouble.why}` });
  }
  return isWhole && trouble === undefined ? tls : undefined;
}
