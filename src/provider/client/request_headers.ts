// The headers of a request to a provider. Later ones win: our own plain ones, the configured ones, and then those of
// the protocol.

const PLAIN_HEADERS = {
  accept: "application/json",
  // Answers are small; the size limit also holds for a provider that packs them all the same.
  "accept-encoding": "identity",
  "user-agent": "Schelly",
};

/** Makes what gives the headers of one call, all names in lower case; `ofCall` are the protocol's. */
export function createRequestHeaders(
  configured: Record<string, string>,
): (ofCall: Record<string, string>, hasBody: boolean) => Record<string, string> {
  const withoutBody = { ...PLAIN_HEADERS, ...lowerNames(configured) };
  const withBody = {
    ...PLAIN_HEADERS,
    "content-type": "application/json",
    ...lowerNames(configured),
  };
  return (ofCall, hasBody) => ({ ...(hasBody ? withBody : withoutBody), ...lowerNames(ofCall) });
}

/** The headers with their names in lower case, so that none is there twice. */
export function lowerNames(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
