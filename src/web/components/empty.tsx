// Where there is nothing to show: that is said, with what to do where there is something.

import type { Child } from "hono/jsx";
import { Icon, type IconName } from "./icon.tsx";

/** In the place of what is not there. */
export function Empty({ icon, words, children }: { icon: IconName; words: string; children?: Child }) {
  return (
    <div class="empty">
      <Icon name={icon} />
      <p>{words}</p>
      {children}
    </div>
  );
}
