// What an open page says when it is not what it seems any more: hidden until the script of the page finds that out.

import { Icon } from "./components/icon.tsx";
import type { Paths } from "./paths.ts";

/** One note for each way in which a page is overtaken. */
export function Lost({ paths }: { paths: Paths }) {
  return (
    <>
      <div class="note warn lost" role="alert" data-lost="away" hidden>
        <Icon name="warning" />
        <div>
          <b>Schelly does not answer</b>: it was stopped, or cannot be reached. What you see was so{" "}
          <Since />; this page tries again by itself, and what you have filled in stays.
        </div>
      </div>
      <div class="note warn lost" role="alert" data-lost="out" hidden>
        <Icon name="warning" />
        <div>
          <b>You are logged out.</b> What you see was so <Since />, and nothing can be done from here.{" "}
          <a href={paths.logIn} data-log-in="">Log in, and come back here</a>
        </div>
      </div>
      <div class="note warn lost" role="alert" data-lost="gone" hidden>
        <Icon name="warning" />
        <div>
          <b>What this page shows is gone</b>: it was renamed, deleted or forgotten since. What you see was so
          {" "}
          <Since />. <a href={paths.overview}>To the overview</a>
        </div>
      </div>
    </>
  );
}

/** The script says when the page was true last. */
function Since() {
  return <time data-ago="" data-lost-since="">before</time>;
}
