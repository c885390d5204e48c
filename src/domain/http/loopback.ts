// Which addresses only the machine itself reaches.

/** True for 127.0.0.0/8, ::1 and `localhost`; any other name may lead anywhere. An IPv6 address has no brackets. */
export function isLoopback(hostname: string): boolean {
  const host = hostname.includes(":") ? `[${hostname}]` : hostname;
  if (!URL.canParse(`http://${host}`)) return false;
  // The one way to write each address.
  const name = new URL(`http://${host}`).hostname;
  return name === "localhost" || name === "[::1]" || /^127(\.\d+){3}$/.test(name) ||
    /^\[::ffff:7f[0-9a-f]{2}:/.test(name);
}
