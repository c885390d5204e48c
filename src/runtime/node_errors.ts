// Gives the errors of node: modules the names by which the ports tell them apart.

const NAMES: Record<string, string> = {
  ENOENT: "NotFound",
  ENOTDIR: "NotFound",
  EACCES: "PermissionDenied",
  EPERM: "PermissionDenied",
  EEXIST: "AlreadyExists",
  EADDRINUSE: "AddressInUse",
  EADDRNOTAVAIL: "AddrNotAvailable",
  ENOTFOUND: "AddrNotAvailable",
};

/** The same error, its `name` taken from its `code` where the ports know one. */
export function withPortName(error: unknown): Error {
  const known = error as Error & { code?: string };
  const name = NAMES[known.code ?? ""];
  if (name !== undefined) known.name = name;
  return known;
}

/** The same promise, rejecting with such names. */
export function named<T>(work: Promise<T>): Promise<T> {
  return work.catch((error) => {
    throw withPortName(error);
  });
}
