// /ui/restore/order: where to and how; then exactly what will be done, and the button that does it.

import type { BackupView } from "../../ports/views/backup.ts";
import { Icon } from "../components/icon.tsx";
import { type Frame, Page } from "../layout.tsx";
import { filesAddress, momentsAddress, orderAddress } from "./addresses.ts";
import { restoreCommand } from "./commands.tsx";
import { Warned } from "./files_page.tsx";
import { momentText, warningOf } from "./moments.ts";
import { notCarried, type Order, orderFields, orderWords, wordsToType } from "./order.ts";

interface OrderPageProps {
  frame: Frame;
  backup: BackupView;
  timezone: string;
  order: Order;
  /** Folders below which the server may restore; null: not known. */
  roots: readonly string[] | null;
  /** Of the form: sent twice it begins one restore. Absent while nothing was chosen yet. */
  key?: string;
  csrf: string;
  /** Its provider can tell what a restore would do. */
  canTry: boolean;
  /** Why nothing was done. */
  trouble?: string;
}

/** The page itself. */
export function OrderPage(props: OrderPageProps) {
  const { frame, backup, timezone, order, roots, key, trouble } = props;
  const { paths, now } = frame;
  const when = momentText(backup, now, timezone);
  return (
    <Page frame={frame} title={`Restore ${backup.job}`} place="restore" zone={timezone}>
      <section class="one">
        <p class="soft">
          <a href={paths.restore}>Restore</a> / <a href={momentsAddress(paths, backup.job)}>{backup.job}</a> /
          {" "}
          <a href={filesAddress(paths, backup.run_id)}>{when}</a>
        </p>
        <h1>{key === undefined ? "Where to?" : "This will be done"}</h1>
        {trouble === undefined ? null : (
          <div class="note bad" role="alert" tabindex={-1} autofocus>
            <Icon name="warning" />
            <div>
              <b>Nothing was restored.</b> <span>{trouble}</span>
            </div>
          </div>
        )}
        <Warned backup={backup} now={now} />
        {roots?.length === 0
          ? <NoRoots backup={backup} order={order} />
          : notCarried(order) !== undefined
          ? <Command backup={backup} order={order} />
          : key === undefined
          ? <Wish {...props} />
          : <Confirm {...props} key={key} when={when} />}
      </section>
    </Page>
  );
}

function NoRoots({ backup, order }: Pick<OrderPageProps, "backup" | "order">) {
  return (
    <div class="stack-s">
      <p>
        The server restores nowhere: <code>restore.roots</code>{" "}
        in the configuration names no folder into which it may. This does it from a terminal, as yourself:
      </p>
      <Command backup={backup} order={order} />
    </div>
  );
}

function Command({ backup, order }: Pick<OrderPageProps, "backup" | "order">) {
  const { id, run_id, job } = backup;
  const line = restoreCommand({ id: id ?? run_id, job, include: order.include });
  return <pre class="words" tabindex={0}>{line}</pre>;
}

function Wish({ frame, backup, order, roots }: OrderPageProps) {
  const { paths } = frame;
  const [root] = roots ?? [];
  return (
    <form class="card pad fields" action={orderAddress(paths)}>
      <input type="hidden" name="run" value={backup.run_id} />
      <div class="field">
        <label for="target">Into this folder</label>
        <input
          id="target"
          name="target"
          type="text"
          required
          autocomplete="off"
          value={order.target}
          placeholder={root === undefined ? "/srv/restored" : `${root}/${backup.job}`}
          aria-describedby="target-hint"
        />
        <span class="hint" id="target-hint">
          On the machine of its provider. It is made where it is missing. {roots === null
            ? "It must lie below one of restore.roots."
            : `It must lie below ${roots.join(" or ")}.`}
        </span>
      </div>
      <div class="field">
        <label for="include">
          Only these files or folders <span class="faint">(may be empty)</span>
        </label>
        <textarea id="include" name="include" rows={3} aria-describedby="include-hint">
          {order.include.join("\n")}
        </textarea>
        <span class="hint" id="include-hint">
          One path of the backup a line. Left empty: all of it.{" "}
          <a href={filesAddress(paths, backup.run_id)}>Look what is in it</a>
        </span>
      </div>
      <Check
        name="overwrite"
        words="Also into a folder that is not empty: replace what has the same path"
        on={order.overwrite}
      />
      <Check name="any_owner" words="An owner that cannot be given is no failure" on={order.anyOwner} />
      <div class="buttons">
        <button class="button main" type="submit">
          See what will be done<Icon name="next" />
        </button>
        <a class="button quiet" href={filesAddress(paths, backup.run_id)}>Back, change nothing</a>
      </div>
    </form>
  );
}

function Check({ name, words, on }: { name: string; words: string; on: boolean }) {
  const id = `check-${name}`;
  return (
    <label class="choice" for={id}>
      <input id={id} type="checkbox" name={name} value="yes" checked={on} />
      <span>{words}</span>
    </label>
  );
}

function Confirm(props: OrderPageProps & { key: string; when: string }) {
  const { frame, backup, order, csrf, key, when, canTry, roots } = props;
  const { paths } = frame;
  const fields = orderFields(order);
  const again = `${orderAddress(paths)}?${new URLSearchParams({ ...fields, change: "yes" })}`;
  return (
    <>
      <ul class="plain">
        {orderWords(order, backup, when).map((words) => <li>{words}</li>)}
        <li>
          Links on the way to that folder are followed as it begins: where it does not really lie below{" "}
          {roots === null ? "one of restore.roots" : roots.join(" or ")}, nothing is restored.
        </li>
        {canTry ? null : <li>It cannot be tried without writing: its provider restores by a command.</li>}
      </ul>
      <form class="card pad fields" method="post" action={orderAddress(paths)}>
        <input type="hidden" name="csrf" value={csrf} />
        <input type="hidden" name="key" value={key} />
        {Object.entries(fields).map(([name, value]) => <input type="hidden" name={name} value={value} />)}
        {wordsToType(order, warningOf(backup)).map(({ name, expected }) => (
          <div class="field">
            <label for={name}>
              {expected === "replace"
                ? `Files may be replaced: type ${expected} to go on`
                : `What comes back may not be whole: type ${expected} to go on`}
            </label>
            <input id={name} name={name} type="text" autocomplete="off" />
          </div>
        ))}
        <div class="buttons">
          <button class="button main" type="submit" name="do" value="restore">
            <Icon name="restore" />Restore
          </button>
          {canTry
            ? <button class="button" type="submit" name="do" value="try">Only try: write nothing</button>
            : null}
          <a class="button quiet" href={again}>Change it</a>
        </div>
      </form>
    </>
  );
}
