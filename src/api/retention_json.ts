// What retention would do with all backups of a job, as the text of one JSON object that is made in pieces.

import type { RetentionSlices } from "../ports/operations.ts";

/** The text of a `RetentionView`: a million rows of it are never in memory at once. */
export async function* retentionJson({ summary, slices }: RetentionSlices): AsyncGenerator<string, void> {
  const { job, policy, ...more } = summary;
  let text = `${JSON.stringify({ job, policy }).slice(0, -1)},"keep":[`;
  let list: "keep" | "remove" = "keep";
  let isFirst = true;
  for await (const { decision, rows } of slices()) {
    if (decision !== list) {
      text += '],"remove":[';
      list = decision;
      isFirst = true;
    }
    yield `${text}${isFirst ? "" : ","}${JSON.stringify(rows).slice(1, -1)}`;
    text = "";
    isFirst = false;
  }
  if (list === "keep") text += '],"remove":[';
  yield `${text}],${JSON.stringify(more).slice(1)}`;
}
