// /ui/restore/sheet: what gets everything back without Schelly, to be kept elsewhere.

import { type Frame, Page } from "../layout.tsx";

/** The page itself; `text` as Markdown. */
export function SheetPage({ frame, text }: { frame: Frame; text: string }) {
  return (
    <Page frame={frame} title="Recovery sheet" place="restore">
      <div class="stack">
        <p class="soft">
          <a href={frame.paths.restore}>Restore</a> / Recovery sheet
        </p>
        <p>
          Keep it where you find it on the day that this machine is gone: <code>schelly recovery-sheet</code>
          {" "}
          writes the same. It holds no passwords.
        </p>
        <pre class="words" tabindex={0}>{text}</pre>
      </div>
    </Page>
  );
}
