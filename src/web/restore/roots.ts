// The folders below which the server may restore, out of the configuration in force.

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
