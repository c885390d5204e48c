// How a service over HTTP is reached: its address, what every call of it carries, whom we trust there.

import type { HttpProviderSpec } from "../../domain/provider_spec.ts";
import { putHost } from "../document/host_place.ts";
import type { Path } from "../document/tree.ts";
import { templateAt } from "../document/variables.ts";
import type { ProviderSettings } from "../schema/schema_provider.ts";
import { withoutCredentials } from "./address_key.ts";
import { buildClientTls } from "./build_client_tls.ts";
import { checkHeaders, readProviderUrl } from "./http_rules.ts";
import type { ProviderBuild } from "./provider_build.ts";
import type { ProviderHost } from "./provider_hosts.ts";
import { addToken } from "./provider_token.ts";

/** The service whose address `written` stands at `urlPath`, with the rest at `path`, on that host; undefined when it is wrong, and reported. */
export function buildService(
  settings: ProviderSettings,
  written: string,
  urlPath: Path,
  path: Path,
  build: ProviderBuild,
  host?: ProviderHost,
): Pick<HttpProviderSpec, "url" | "shownUrl" | "headers" | "tls"> | undefined {
  const { report, secrets } = build;
  const inPlace = (text: string) => host === undefined ? text : putHost(text, host.address);
  const raw = templateAt(build, urlPath);
  const template = raw === undefined ? undefined : inPlace(raw);
  const address = readProviderUrl(inPlace(written), template);
  if ("error" in address) {
    report.add(urlPath, { message: address.error, ...(address.hint ? { hint: address.hint } : {}) });
    return undefined;
  }
  const headers = checkHeaders(settings, path, secrets, report);
  if (address.authorization !== null) {
    const other = Object.keys(headers).find((name) => name.toLowerCase() === "authorization");
    if (other !== undefined) {
      report.add([...path, "headers", other], {
        message: "stands beside a user and password in the url: expected one of them",
      });
    }
    headers.Authorization = address.authorization;
  }
  addToken(settings, headers, path, build, host);
  const tls = buildClientTls(settings, inPlace(written), path, build);
  const shownUrl = template === undefined ? {} : { shownUrl: withoutCredentials(template) };
  return { url: address.url, ...shownUrl, headers, ...(tls === undefined ? {} : { tls }) };
}
