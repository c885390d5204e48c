// What the configuration in force says of restores: the folders below which the server may, and by what.

import { parse } from "yaml";
import { z } from "zod";
import type { SettingView } from "../../ports/views/server.ts";

const Roots = z.array(z.string());

/** Values stand there as YAML would write them; what cannot be read is not known, which is null. */
export function rootsIn(settings: readonly SettingView[]): string[] | null {
  const found = settings.find(({ path }) => path === "restore.roots");
  if (found === undefined) return [];
  try {
    return Roots.parse(parse(found.value));
  } catch {
    return null;
  }
}

/** Whether a provider restores by a command of its owner, which cannot be tried without writing. */
export function isByCommand(providerKey: string, settings: readonly SettingView[]): boolean {
  const own = `providers.${providerKey}.command`;
  return providerKey.startsWith("command:") ||
    settings.some(({ path }) => path === own || path.startsWith(`${own}.`));
}
