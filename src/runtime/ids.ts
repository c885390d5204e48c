// UUIDv7 ids (RFC 9562): the time in front, so that ids sort in the order they were made.

import type { Clock, Ids } from "../ports/host.ts";

/**
 * Ids whose time is the clock's and that only ever grow: when the clock stands still or goes back, the last
 * time is kept and a 12-bit counter behind it counts up; when that is used up, the time is taken a millisecond on.
 */
export function createIds(clock: Pick<Clock, "now">): Ids {
  let time = -1;
  let counter = 0;
  const bytes = new Uint8Array(10);

  return {
    uuidv7() {
      crypto.getRandomValues(bytes);
      const now = clock.now();
      if (now > time) {
        time = now;
        // The top bit stays 0, so that at least 2,048 more ids fit into this millisecond.
        counter = ((bytes[8]! << 8) | bytes[9]!) & 0x7ff;
      } else if (counter < 0xfff) {
        counter++;
      } else {
        time++;
        counter = 0;
      }
      const timeHex = hex(time, 12);
      const variant = (bytes[0]! & 0x3f) | 0x80;
      let tail = "";
      for (let i = 2; i < 8; i++) tail += hex(bytes[i]!, 2);
      return `${timeHex.slice(0, 8)}-${timeHex.slice(8)}-7${hex(counter, 3)}-${hex(variant, 2)}${
        hex(bytes[1]!, 2)
      }-${tail}`;
    },
  };
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, "0");
}
