// How a size went, in the line of a text: that of a job's backups, or of all that is stored.

import { raw } from "hono/html";
import { bytesText } from "../../domain/size_text.ts";
import { linePath } from "../pictures/lines.ts";

const WIDTH = 56;
const HEIGHT = 16;
const DAY = 86_400_000;

/** One size a day as a line, `count` days back from now; nothing where fewer than two are known. Sizes rise in time. */
export function SizeLine(
  { sizes, now, count }: { sizes: readonly { day: number; bytes: number }[]; now: number; count: number },
) {
  const [first, last] = [sizes[0], sizes.at(-1)];
  if (first === undefined || last === undefined || sizes.length < 2) return null;
  const from = Math.floor(now / DAY) * DAY - (count - 1) * DAY;
  const most = Math.max(1, ...sizes.map(({ bytes }) => bytes));
  const d = linePath(sizes.map(({ day, bytes }) => ({
    x: 1 + (day - from) / DAY / Math.max(1, count - 1) * (WIDTH - 2),
    y: 1 + (1 - bytes / most) * (HEIGHT - 2),
  })));
  const words = `From ${bytesText(first.bytes)} to ${bytesText(last.bytes)} within ${count} days`;
  return (
    <svg
      class="size-line"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      width={WIDTH}
      height={HEIGHT}
      role="img"
      aria-label={words}
    >
      <title>{words}</title>
      {raw(`<path d="${d}"></path>`)}
    </svg>
  );
}
