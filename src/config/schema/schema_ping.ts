// The keys that tell the outside how runs end: pings of each job, and the heartbeat of Schelly itself.

import { z } from "zod";
import { described, duration, flag, line } from "./schema_leaves.ts";

const address = {
  url: described(
    line,
    "Address of the check, such as https://hc-ping.com/UUID; it is secret: better url_file",
  )
    .optional(),
  url_file: described(line, "File with that address").optional(),
};

interface Address {
  url?: string | undefined;
  url_file?: string | undefined;
}

const hasAddress = ({ url, url_file }: Address) => url !== undefined || url_file !== undefined;
const hasOneAddress = ({ url, url_file }: Address) => url === undefined || url_file === undefined;
const NO_ADDRESS = "names no address: expected url_file, or url";
const TWO_ADDRESSES = "has url and url_file: expected one of them";

const ping = z.strictObject({
  ...address,
  start: described(flag, "Tell the start of each run too, so that the check knows how long it took", true)
    .optional(),
  output: described(flag, "Send the end of the provider's output along with a failure", true).optional(),
}).refine(hasAddress, { error: NO_ADDRESS }).refine(hasOneAddress, { error: TWO_ADDRESSES });

export const PingSchema = z.union([z.literal("off"), ping]);

export const HeartbeatSchema = z.strictObject({
  ...address,
  every: described(duration(10_000, "10s"), "How often it is sent", "1m").optional(),
}).refine(hasAddress, { error: NO_ADDRESS }).refine(hasOneAddress, { error: TWO_ADDRESSES });

export type PingSettings = Exclude<z.infer<typeof PingSchema>, string>;
export type HeartbeatSettings = z.infer<typeof HeartbeatSchema>;
