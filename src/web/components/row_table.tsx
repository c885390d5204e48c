// A table of what there is many of: on a narrow screen each row is a card, so that roles have to be said.

import type { Child } from "hono/jsx";

/** What stands over a column; one for numbers stands at their end. */
type ColumnHead = string | { words: string; isNumber: true };

interface RowTableProps {
  /** From the left; null: no such column here. */
  heads: readonly (ColumnHead | null)[];
  children: Child;
}

/** `children`: its rows. */
export function RowTable({ heads, children }: RowTableProps) {
  return (
    <table class="table rows" role="table">
      <thead role="rowgroup">
        <tr role="row">
          {heads.map((head) =>
            head === null
              ? null
              : typeof head === "string"
              ? <th role="columnheader" scope="col">{head}</th>
              : <th role="columnheader" scope="col" class="num">{head.words}</th>
          )}
        </tr>
      </thead>
      <tbody role="rowgroup">{children}</tbody>
    </table>
  );
}

/** The head of a column of numbers. */
export function numbers(words: string): ColumnHead {
  return { words, isNumber: true };
}
