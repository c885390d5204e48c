// The page of one act: what it will do, what it needs to know, and the button; and why it was refused, where it was.

import { Icon } from "../components/icon.tsx";
import { readable } from "../components/sentence.ts";
import { type Frame, Page } from "../layout.tsx";
import type { Act, ActField, ActLook } from "./act.ts";

interface ActPageProps {
  frame: Frame;
  act: Act;
  of: string;
  /** Where the form goes. */
  action: string;
  back: string;
  csrf: string;
  /** What was filled in. */
  filled: Readonly<Record<string, string>>;
  /** What has to be seen first. */
  look?: ActLook;
  /** Why nothing was done; absent: nobody has tried yet. */
  trouble?: string;
}

/** The page itself. */
export function ActPage({ frame, act, of, action, back, csrf, filled, look, trouble }: ActPageProps) {
  const title = act.title(of);
  const rows = look?.rows ?? null;
  return (
    <Page frame={frame} title={title}>
      <section class={rows === null ? "one" : "one wide"}>
        <h1>{title}</h1>
        {trouble === undefined ? null : (
          <div class="note bad" role="alert" tabindex={-1} autofocus>
            <Icon name="warning" />
            <div>
              <b>Nothing was changed.</b> <span>{trouble}</span>
            </div>
          </div>
        )}
        <ul class="plain">
          {[...look?.sentences ?? [], ...act.before(of)].map((sentence) => (
            <li>{readable(sentence, frame.now)}</li>
          ))}
        </ul>
        {rows === null ? null : <Seen rows={rows} />}
        <form class="card pad fields" method="post" action={action}>
          <input type="hidden" name="csrf" value={csrf} />
          <input type="hidden" name="of" value={of} />
          <input type="hidden" name="back" value={back} />
          {Object.entries(look?.seen ?? {}).map(([name, value]) => (
            <input type="hidden" name={`seen.${name}`} value={value} />
          ))}
          {act.fields?.(of, look).map((field, at) => (
            <Field
              field={field}
              value={filled[field.name] ?? ""}
              isFirst={at === 0 && rows === null && trouble === undefined}
            />
          ))}
          <div class="buttons">
            <button class={act.isGrave ? "button grave" : "button main"} type="submit">
              <Icon name={act.icon} />
              {act.verb}
            </button>
            <a class="button quiet" href={back}>Back, change nothing</a>
          </div>
        </form>
      </section>
    </Page>
  );
}

function Seen({ rows: { caption, head, rows } }: { rows: NonNullable<ActLook["rows"]> }) {
  return (
    <div class="card seen" tabindex={0}>
      <table class="table">
        <caption>{caption}</caption>
        <thead>
          <tr>{head.map((words) => <th scope="col">{words}</th>)}</tr>
        </thead>
        <tbody>{rows.map((cells) => <tr>{cells.map((text) => <td>{text}</td>)}</tr>)}</tbody>
      </table>
    </div>
  );
}

function Field({ field, value, isFirst }: { field: ActField; value: string; isFirst: boolean }) {
  const { name, label, hint, kind, expected, optional } = field;
  const id = `field-${name}`;
  return (
    <div class="field">
      <label for={id}>
        {label} {optional ? <span class="faint">(may be empty)</span> : null}
      </label>
      <input
        id={id}
        name={name}
        type={kind === "time" ? "datetime-local" : "text"}
        value={value}
        required={optional !== true}
        pattern={kind === "typed" ? expected : undefined}
        autocomplete="off"
        autofocus={isFirst}
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
      />
      {hint === undefined ? null : <span class="hint" id={`${id}-hint`}>{hint}</span>}
    </div>
  );
}
