// `host:port` texts, and the original's LISTEN_IP and LISTEN_PORT.

export interface ListenAddress {
  /** Without brackets. */
  hostname: string;
  port: number;
}

/** The kernel's limit for the path of a unix socket in bytes, its end mark apart. */
export const LONGEST_SOCKET_PATH = 107;

const USUAL_PORT = 8080;
const HOST = /^[A-Za-z0-9]([A-Za-z0-9.-]{0,252}[A-Za-z0-9])?$/;
const IPV6 = /^[0-9A-Fa-f:.]{2,45}(%[A-Za-z0-9_.-]+)?$/;

/** Reads `127.0.0.1:8080`, `localhost:0`, `[::1]:8080`; an error continues the sentence that the text begins. */
export function parseListen(text: string): ListenAddress | { error: string; hint?: string } {
  const parts = /^(?:\[([^\]]*)\]|([^:]*)):(\d{1,5})$/.exec(text);
  if (parts === null) {
    const hint = /^:?\d+$/.test(text)
      ? `write 127.0.0.1:${text.replace(":", "")}`
      : /^(?:localhost|[\d.]+)$/.test(text) && isHostname(text)
      ? `write ${formatListen({ hostname: text, port: USUAL_PORT })}`
      : undefined;
    return { error: "is not host:port: expected for example 127.0.0.1:8080", ...(hint ? { hint } : {}) };
  }
  const hostname = parts[1] ?? parts[2]!;
  if (hostname === "") {
    return { error: "names no host: expected for example 0.0.0.0:8080 for all interfaces" };
  }
  const port = Number(parts[3]);
  if (!isHostname(hostname) || (parts[1] !== undefined && !hostname.includes(":"))) {
    return { error: `has no valid host: expected an IP address or a host name` };
  }
  if (port > 65_535) return { error: "has no valid port: expected 1-65535, or 0 for a free one" };
  return { hostname, port };
}

/** True for IP addresses and host names. */
export function isHostname(text: string): boolean {
  if (/^[\d.]+$/.test(text)) {
    return /^(\d{1,3}\.){3}\d{1,3}$/.test(text) && text.split(".").every((part) => +part < 256);
  }
  return HOST.test(text) ||
    (text.includes(":") && IPV6.test(text) && URL.canParse(`http://[${text.split("%")[0]}]/`));
}

/** `host:port`, an IPv6 host in brackets. */
export function formatListen({ hostname, port }: ListenAddress): string {
  return `${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`;
}
