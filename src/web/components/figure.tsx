// A picture on a page, with what it says in words and the table behind it.

import { raw } from "hono/html";
import type { Cell, Fact, Picture, Table } from "../pictures/picture.ts";

/** A picture at one width after another: the page shows the one that fits. */
export function Figure({ pictures, words = true, table = true }: {
  /** By the room that they are for. */
  pictures: Partial<Record<"narrow" | "middle" | "wide", Picture>>;
  words?: boolean;
  table?: boolean;
}) {
  const shown = Object.entries(pictures);
  const [, first] = shown[0]!;
  return (
    <figure class="figure">
      {shown.map(([room, { svg }]) => <div class={`room ${shown.length === 1 ? "" : room}`}>{raw(svg)}</div>)}
      {words ? <Facts facts={first.facts} /> : null}
      {table && first.table.rows.length > 0
        ? (
          <details>
            <summary>The same as a table</summary>
            <TableOf table={first.table} />
          </details>
        )
        : null}
    </figure>
  );
}

/** What is so, term by term. */
export function Facts({ facts }: { facts: readonly Fact[] }) {
  return (
    <dl class="facts">
      {facts.map(({ term, text }) => (
        <>
          <dt>{term}</dt>
          <dd>{text}</dd>
        </>
      ))}
    </dl>
  );
}

/** Rows of a picture. */
export function TableOf({ table: { caption, head, rows, note } }: { table: Table }) {
  return (
    <div class="scroll">
      <table class="table rows" role="table">
        <caption class="unseen">{caption}</caption>
        <thead role="rowgroup">
          <tr role="row">{head.map((name) => <th role="columnheader" scope="col">{name}</th>)}</tr>
        </thead>
        <tbody role="rowgroup">
          {rows.map((row) => (
            <tr role="row">
              {row.map((cell, at) => (
                <td role="cell" data-name={head[at]} class={lengthOf(cell) > SHORT ? undefined : "nowrap"}>
                  <CellText cell={cell} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {note === null ? null : <p class="faint small">{note}</p>}
    </div>
  );
}

/** Of so many letters a cell is not broken. */
const SHORT = 24;

function lengthOf(cell: Cell): number {
  return (typeof cell === "string" ? cell : cell.text).length;
}

function CellText({ cell }: { cell: Cell }) {
  return typeof cell === "string" ? <>{cell}</> : <a href={cell.href}>{cell.text}</a>;
}
