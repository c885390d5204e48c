// Which values of the configuration a page shows.

import type { SettingView } from "../../ports/views/server.ts";

const PAGE_ROWS = 200;

/** What was asked: values with these letters in key or value, and which page of them, from 1. */
export interface SettingsAsked {
  key: string;
  page: number;
}

/** Reads what stands in an address. */
export function readSettingsAsked(query: (name: string) => string | undefined): SettingsAsked {
  const page = Number(query("page") ?? 1);
  return {
    key: (query("key") ?? "").trim().slice(0, 200),
    page: Number.isSafeInteger(page) && page > 0 ? page : 1,
  };
}

/** A page of those that fit; the last one where there are fewer. */
export function settingRows(settings: readonly SettingView[], { key, page }: SettingsAsked) {
  const words = key.toLowerCase();
  const found = words === ""
    ? settings
    : settings.filter(({ path, value }) => `${path} ${value}`.toLowerCase().includes(words));
  const pages = Math.max(1, Math.ceil(found.length / PAGE_ROWS));
  const at = Math.min(page, pages);
  return { rows: found.slice((at - 1) * PAGE_ROWS, at * PAGE_ROWS), count: found.length, page: at, pages };
}
