// The token that a provider asks for, as it is written or in the file that both sides read.

import { readProviderToken } from "../values/provider_token.ts";
import type { ProviderSettings } from "../schema/schema_provider.ts";
import { hasHostPlace } from "../document/host_place.ts";
import type { Path } from "../document/tree.ts";
import type { ProviderBuild } from "./provider_build.ts";
import type { ProviderHost } from "./provider_hosts.ts";

/** Adds it to the headers of each call; what is wrong with it is reported. */
export function addToken(
  settings: Pick<ProviderSettings, "token" | "token_file">,
  headers: Record<string, string>,
  path: Path,
  { report, secrets }: ProviderBuild,
  host: ProviderHost | undefined,
): void {
  const { token, token_file: file } = settings;
  if (token === undefined && file === undefined) return;
  const at = [...path, file === undefined ? "token" : "token_file"];
  if (token !== undefined && file !== undefined) {
    report.add([...path, "token"], { message: "stands beside token_file: expected one of them" });
    return;
  }
  if (Object.keys(headers).some((name) => name.toLowerCase() === "authorization")) {
    report.add(at, {
      message: "is sent as the header Authorization, which headers or the url give too: expected one of them",
      atKey: true,
    });
    return;
  }
  const hasOwn = file !== undefined && host !== undefined && hasHostPlace(file);
  const text = token ?? secrets.textAt(hasOwn ? [...at, host.name] : at);
  if (text === undefined) return;
  const read = readProviderToken(text);
  if ("error" in read) {
    const what = file === undefined ? "the value" : `'${file}'`;
    report.add(at, { message: `${what} cannot be used: ${read.error}` });
  } else headers.Authorization = `Bearer ${read.token}`;
}
