// The URLs of one provider: its base, those of its backups, and those of questions to the base.

import { assert } from "../../domain/errors.ts";
import { encodeId } from "../protocol/protocol.ts";

export interface ProviderUrls {
  /** The base URL as people may see it: its query can hold a key. */
  readonly shown: string;
  /**
   * The base URL, that of a backup or of what lies below it, that of a restore, or the base with more query parameters;
   * the base's own query stays.
   */
  url(part?: UrlPart): string;
}

/** What of a provider a URL is of. */
type UrlPart =
  | { id: string; below?: "verify" | "restore" | "files"; query?: string }
  | { operationId: string }
  | { query: string };

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
      const more = "query" in part ? part.query ?? "" : "";
      const query = [base.search.slice(1), more].filter((text) => text !== "").join("&");
      const search = query === "" ? "" : `?${query}`;
      if ("operationId" in part) return `${plain}/operations/${encodeId(part.operationId)}${search}`;
      if ("id" in part) {
        return `${plain}/${encodeId(part.id)}${part.below === undefined ? "" : `/${part.below}`}${search}`;
      }
      return `${plain}${path === "" ? "/" : ""}${search}`;
    },
  };
}
