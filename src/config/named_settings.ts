// The parts of one effective setting that have names of their own, so that an item put above others is one that was added.

import { parse, stringify } from "yaml";
import type { Setting } from "../domain/settings_diff.ts";
import { isSameSetting } from "./same_setting.ts";

/** A mapping with its own name, or a name alone. */
type NamedItem = string | { name: string; renamed_from?: unknown };

/**
 * The setting at `path` by its key; of a list of named things each by its own: `server.auth.tokens[grafana]`. `exact`: the
 * same value with its secrets.
 */
export function namedSettings(path: string, value: string, exact: string | undefined): [string, Setting][] {
  const items = itemsOf(path, value);
  const exactly = exact === undefined ? undefined : itemsOf(path, exact);
  if (items === undefined || (exact !== undefined && exactly?.length !== items.length)) {
    const setting: Setting = { shown: value, isSame: (a, b) => isSameSetting(path, a, b) };
    if (exact !== undefined) setting.exact = exact;
    const renames = providerRename(path, value);
    if (renames !== undefined) setting.renames = renames;
    return [[path, setting]];
  }
  return items.map((item, at) => {
    const key = keyOf(path, nameOf(item));
    const setting: Setting = { shown: textOf(item), isSame: (a, b) => isSameItem(path, a, b) };
    if (exactly !== undefined) setting.exact = textOf(exactly[at]!);
    if (typeof item !== "string" && typeof item.renamed_from === "string") {
      setting.renames = { to: key, from: [keyOf(path, item.renamed_from)] };
    }
    return [key, setting];
  });
}

/** A provider is known by its name in the configuration, and by those in `formerly`. */
function providerRename(path: string, value: string): Setting["renames"] {
  const provider = /^(providers\.[^[]+)\.formerly$/.exec(path)?.[1];
  const names = provider === undefined ? undefined : listOf(value);
  if (provider === undefined || names === undefined) return undefined;
  return { to: provider, from: names.map((name) => `providers.${String(name)}`) };
}

/** Undefined where it is no list of named things, or two of them have one name. */
function itemsOf(path: string, value: string): NamedItem[] | undefined {
  const list = listOf(value);
  if (list === undefined || list.length === 0) return undefined;
  const isHosts = path.endsWith(".hosts");
  const isNamed = (item: unknown): item is NamedItem =>
    typeof item === "string"
      ? isHosts
      : typeof item === "object" && item !== null && "name" in item && typeof item.name === "string";
  if (!list.every(isNamed)) return undefined;
  return new Set(list.map(nameOf)).size === list.length ? list : undefined;
}

function listOf(value: string): unknown[] | undefined {
  if (!value.startsWith("[")) return undefined;
  try {
    const list: unknown = parse(value);
    return Array.isArray(list) ? list : undefined;
  } catch {
    // Of another version, whose words this one cannot read.
    return undefined;
  }
}

function nameOf(item: NamedItem): string {
  return typeof item === "string" ? item : item.name;
}

function keyOf(path: string, name: string): string {
  return `${path}[${name}]`;
}

/** Without the names, which its key tells; by the name alone where there is nothing else. */
function textOf(item: NamedItem): string {
  if (typeof item === "string") return item;
  const { name, renamed_from: _, ...rest } = item;
  if (Object.keys(rest).length === 0) return name;
  const text = stringify(rest, { collectionStyle: "flow", lineWidth: 0 }).trimEnd();
  return text.includes("\n") ? JSON.stringify(rest) : text;
}

/** What is nothing but its name is the same under another one. */
function isSameItem(path: string, a: string, b: string): boolean {
  return (!a.startsWith("{") && !b.startsWith("{")) || isSameSetting(path, a, b);
}
