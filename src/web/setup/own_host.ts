// Whether a browser asks for this machine by a name of its own: nobody has logged in, so a stranger's name must get nothing.

const OWN = /^(localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/i;

/** True where the name that was asked for is none of the loopback's. */
export function isForeign({ headers, url }: Request): boolean {
  return !OWN.test(headers.get("host") ?? new URL(url).host);
}
