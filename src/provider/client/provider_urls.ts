// The URLs of one provider: its base, those of its backups, and those of questions to the base.

import { assert } from "../../domain/errors.ts";
import { encodeId } from "../protocol/protocol.ts";

export interface ProviderUrls {
  /** The base URL as people may see it: its query can hold a key. */
  readonly shown: string;
  /** The base URL, a backup's, or the base with one more query parameter; the base's own query stays. */
  url(part?: { id: string } | { query: string }): string;
}

/** Those of the provider whose settings name `baseUrl`, which holds no credentials; `shownUrl` is how people see it. */
export function createProviderUrls(baseUrl: string, shownUrl?: string): ProviderUrls {
  const base = new URL(baseUrl);
  assert(
    base.username === "" && base.password === "",
    "credentials of a provider's URL travel in its headers",
  );
  const path = base.pathname.replace(/\/+$/, "");
  const plain = `${base.origin}${path}`;
  return {
    shown: shownUrl ?? plain,
    url(part = { query: "" }) {
      if ("id" in part) return `${plain}/${encodeId(part.id)}${base.search}`;
      const query = [base.search.slice(1), part.query].filter((text) => text !== "").join("&");
      return `${plain}${path === "" ? "/" : ""}${query === "" ? "" : `?${query}`}`;
    },
  };
}
