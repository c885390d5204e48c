// An input that is no good configuration, or one that is only doubted.

import type { LoadOptions } from "./load_text.ts";

/** What docs/bad_config.md shows of it, and what its test asks. */
export interface BadInput {
  name: string;
  /** How the page shows it, where the text itself says less. */
  shown?: string;
  /** Null: there is no schelly.yaml. */
  text: string | null;
  options?: LoadOptions;
  /** It is no mistake at all, or one that is only warned of. */
  accepted?: true | "with a warning";
}
