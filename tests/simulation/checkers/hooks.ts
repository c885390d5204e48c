// I41: the command after a backup runs exactly once for each one before it that began.

import type { Finding } from "./witness.ts";

/** I41: at the end; by backup, how often each command began. */
export function I41_postForEachPre(
  pre: ReadonlyMap<string, number>,
  post: ReadonlyMap<string, number>,
): Finding {
  for (const [id, began] of pre) {
    if (began !== 1) return `pre of ${id} began ${began} times`;
    if (post.get(id) !== 1) return `post of ${id}, whose pre began, ran ${post.get(id) ?? 0} times`;
  }
}
