// The page of one act: what it will do, what it needs to know, and the button; and why it was refused, where it was.

import { Icon } from "../components/icon.tsx";
import { type Frame, Page } from "../layout.tsx";
import type { Act, ActField } from "./act.ts";

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
  /** Why nothing was done; absent: nobody has tried yet. */
  trouble?: string;
}

/** The page itself. */
export function ActPage({ frame, act, of, action, back, csrf, filled, trouble }: ActPageProps) {
  const title = act.title(of);
  return (
    <Page frame={frame} title={title}>
      <section class="one">
        <h1>{title}</h1>
        {trouble === undefined ? null : (
          <div class="note bad" role="alert">
            <Icon name="warning" />
            <div>
              <b>Nothing was changed.</b> <span>{trouble}</span>
            </div>
          </div>
        )}
        <ul class="plain">{act.before(of).map((sentence) => <li>{sentence}</li>)}</ul>
        <form class="card pad fields" method="post" action={action}>
          <input type="hidden" name="csrf" value={csrf} />
          <input type="hidden" name="of" value={of} />
          <input type="hidden" name="back" value={back} />
          {act.fields?.(of).map((field, at) => (
            <Field field={field} value={filled[field.name] ?? ""} isFirst={at === 0} />
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

function Field({ field, value, isFirst }: { field: ActField; value: string; isFirst: boolean }) {
  const { name, label, hint, kind, expected, optional } = field;
  const id = `field-${name}`;
  return (
    <div class="field">
      <label for={id}>
        {label}
        {optional ? <span class="faint">(may be empty)</span> : null}
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
