// One configuration that is wrong on purpose.

import type { LoadOptions } from "./load_text.ts";

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
