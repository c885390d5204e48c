// Addresses and ranges of them, of IPv4 and IPv6 alike.

/** The addresses whose first `bits` bits are those of `bytes`; IPv4 as `::ffff:a.b.c.d`. */
export interface AddressRange {
  bytes: readonly number[];
  bits: number;
}

/** Reads `10.0.0.7`, `10.0.0.0/8`, `fd00::/8`; undefined when it is none. */
export function parseRange(text: string): AddressRange | undefined {
  const [, address, length] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const bytes = address === undefined ? undefined : parseAddress(address);
  if (bytes === undefined) return undefined;
  const own = address!.includes(":") ? 128 : 32;
  const wanted = length === undefined ? own : Number(length);
  return wanted > own ? undefined : { bytes, bits: 128 - own + wanted };
}

/** Whether an address, without a port and without brackets, is in one of the ranges. */
export function isWithin(ranges: readonly AddressRange[], address: string): boolean {
  const bytes = parseAddress(address);
  return bytes !== undefined && ranges.some((range) => contains(range, bytes));
}

function contains({ bytes, bits }: AddressRange, address: readonly number[]): boolean {
  return bytes.every((byte, at) => {
    const left = Math.min(8, Math.max(0, bits - at * 8));
    return byte >> (8 - left) === address[at]! >> (8 - left);
  });
}

/** The 16 bytes of an address; undefined for a name. */
function parseAddress(text: string): number[] | undefined {
  const ipv4 = parseIpv4(text);
  if (ipv4 !== undefined) return [...Array(10).fill(0), 255, 255, ...ipv4];
  if (!text.includes(":")) return undefined;
  const url = `http://[${text.replace(/%.*$/, "")}]`;
  if (!URL.canParse(url)) return undefined;
  const [head = "", tail] = new URL(url).hostname.slice(1, -1).split("::");
  const [first, last] = [head, tail ?? ""].map((half) => half === "" ? [] : half.split(":"));
  const zeros = tail === undefined ? [] : Array(8 - first!.length - last!.length).fill("0");
  return [...first!, ...zeros, ...last!].flatMap((group) => {
    const value = parseInt(group, 16);
    return [value >> 8, value & 255];
  });
}

function parseIpv4(text: string): number[] | undefined {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1).map(Number);
  return parts?.every((part) => part < 256) ? parts : undefined;
}
