// Brings a configuration of resticprofile into one form: each profile with what it inherits, templates filled in.

import { z } from "zod";
import { mapTexts } from "./foreign_yaml.ts";
import { CannotImport } from "./imported.ts";

type Values = Record<string, unknown>;

/** A profile as it is when nothing is inherited any more. */
export interface Profile {
  name: string;
  values: Values;
}

/** Keys beside profiles. */
const BESIDE = new Set([
  "version",
  "global",
  "groups",
  "includes",
  "mixins",
  "schedules",
  "profiles",
  "default-command",
]);
const UNREAD = new Set(["schedule-log", "lock", "status-file", "log", "description"]);
const MOST_PARENTS = 20;
const mapping = z.record(z.string(), z.unknown());

/** True for what looks like one. */
export function isResticprofile(values: Values): boolean {
  return Object.values(profilesIn(values)).some((one) =>
    ["repository", "repository-file", "backup", "inherit"].some((key) => key in one)
  );
}

/** Those that back something up. Throws `CannotImport` where a template or a parent cannot be followed. */
export function readResticprofile(values: Values, folder: string): Profile[] {
  if (values.includes !== undefined) {
    throw new CannotImport("includes are not followed: put what they name into one file, and import that");
  }
  const all = profilesIn(values);
  return Object.keys(all).map((name) => ({ name, values: filled(inherited(name, all), name, folder) }))
    .filter(({ values }) => mapping.safeParse(values.backup).success);
}

function profilesIn(values: Values): Record<string, Values> {
  const named = mapping.safeParse(values.profiles).data ?? values;
  const profiles: Record<string, Values> = {};
  for (const [name, value] of Object.entries(named)) {
    const profile = mapping.safeParse(value);
    if (profile.success && !BESIDE.has(name)) profiles[name] = profile.data;
  }
  return profiles;
}

/** A profile on top of what it inherits. */
function inherited(name: string, all: Record<string, Values>, depth = 0): Values {
  const { inherit, ...own } = all[name]!;
  if (typeof inherit !== "string") return own;
  if (!Object.hasOwn(all, inherit) || depth > MOST_PARENTS) {
    throw new CannotImport(
      `profile '${name}' inherits '${inherit}': ${
        depth > MOST_PARENTS ? "which leads in a circle" : "there is none"
      }`,
    );
  }
  const { description: _, ...parent } = inherited(inherit, all, depth + 1);
  return merged(parent, own);
}

function merged(parent: Values, own: Values): Values {
  const all = { ...parent };
  for (const [key, value] of Object.entries(own)) {
    const [below, above] = [mapping.safeParse(all[key]), mapping.safeParse(value)];
    all[key] = below.success && above.success ? merged(below.data, above.data) : value;
  }
  return all;
}

/** What is read by nobody may hold any template. */
function withoutOwn(values: Values): Values {
  return Object.fromEntries(
    Object.entries(values).filter(([key]) => !UNREAD.has(key)).map(([key, value]) => {
      const below = mapping.safeParse(value);
      return [key, below.success ? withoutOwn(below.data) : value];
    }),
  );
}

/** What stands for a value becomes that, or a variable of ours. */
function filled(values: Values, name: string, folder: string): Values {
  return mapTexts(withoutOwn(values), (text, path) => {
    const isCommand = path.some((key) => key.startsWith("run-"));
    const plain = text.replace(/\{\{-?\s*(.*?)\s*-?\}\}/g, (whole, inside: string) => {
      if (inside === ".Profile.Name") return name;
      if (inside === ".CurrentDir" || inside === ".ConfigDir") return folder;
      const variable = /^\.Env\.(\w+)$/.exec(inside)?.[1];
      if (variable !== undefined) return `\${${variable}}`;
      throw new CannotImport(
        `profile '${name}' has the template ${whole} in ${
          path.join(".")
        }: write what it stands for, and import that`,
      );
    });
    // A shell finds its variables itself.
    if (isCommand) return plain.replaceAll("${", () => "$${");
    return plain.replace(
      /\$\{?([A-Za-z_]\w*)\}?/g,
      (_, variable: string) => variable === "PROFILE_NAME" ? name : `\${${variable}}`,
    );
  }) as Values;
}
