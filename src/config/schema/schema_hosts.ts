// The hosts of a provider: machines that each have one of their own.

import { z } from "zod";
import { described, line, name, NAME_PATTERN } from "./schema_leaves.ts";

/** The job of this host's name stands for all of them. */
export const ALL_HOSTS = "all";

const IPV6 = /^[0-9a-f]*:[0-9a-f:.]*:[0-9a-f.]*$/i;
const ADDRESS = /^(?:\[[0-9a-f:.]+\]|[a-z0-9_.-]+)(?::[0-9]{1,5})?$/i;

const NAME_WORDS = "lower case letters, digits, _ . -, at most 63, beginning with a letter or digit";

/** What is said of a text that is no name, and how it is written where it is an address all the same. */
function nameError(input: unknown): string | undefined {
  if (typeof input !== "string") return undefined;
  const address = IPV6.test(input) ? `[${input}]` : input;
  const said = `is not the name of a host: expected ${NAME_WORDS}`;
  const isName = NAME_PATTERN.test(input.toLowerCase());
  if (isName || !ADDRESS.test(address)) return said;
  return `${said}; where it is reached stands beside that: { name: …, address: "${address}" }`;
}

const hostName = z.string().regex(NAME_PATTERN, { error: ({ input }) => nameError(input) });

const address = line.refine((text) => ADDRESS.test(text), {
  error: ({ input }) =>
    IPV6.test(String(input))
      ? `is an IPv6 address without brackets: expected "[${input}]"`
      : "is not an address: expected a name or an IP address, IPv6 in brackets, with :PORT or without",
});

const host = z.union([
  hostName,
  z.strictObject({
    name: described(hostName, "What the host is called, in the keys of providers and the names of jobs"),
    address: described(address, "What {host} stands for, such as db-1.example.org:7071; absent: the name")
      .optional(),
    renamed_from: described(
      name,
      "Earlier name of the host, so that its jobs and their backups stay its own",
    ).optional(),
    formerly: described(
      z.array(line),
      "Earlier names or URLs of the provider of this host, so that its older backups stay managed",
    ).optional(),
  }),
]);

/** More than one machine can drive is refused as a slip. */
const MOST_HOSTS = 10_000;

export const HostsSchema = z.array(host)
  .min(1, { error: "is empty: expected the name of each host" })
  .max(MOST_HOSTS);

export type HostSettings = z.infer<typeof host>;
