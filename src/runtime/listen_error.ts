// Says in words why a socket could not be opened, under names that stay the same.

/** The failure of listening on `address`; `name` is one of those that `listen` promises. */
export function listenError(address: string, cause: Error): Error {
  const [name, problem] = listenProblem(address, cause);
  const error = new Error(`Cannot listen on ${address}: ${problem}`, { cause });
  error.name = name;
  return error;
}

function listenProblem(address: string, cause: Error): [name: string, problem: string] {
  const unix = address.startsWith("unix:");
  if (/KeyMismatch|key values mismatch/i.test(cause.message)) {
    return ["InvalidCertificate", "the certificate and its key do not belong together: expected a pair"];
  }
  switch (cause.name) {
    case "AddrInUse":
    case "AddressInUse":
      return [
        "AddressInUse",
        `another program listens there: stop it or choose another ${unix ? "path" : "port"}`,
      ];
    case "AddrNotAvailable":
      return [
        "AddressNotAvailable",
        "this machine has no such address: expected one of its own, or 0.0.0.0 for all",
      ];
    case "PermissionDenied":
      return [
        "PermissionDenied",
        unix
          ? "this user may not write in the folder"
          : "this user may not: ports below 1024 need privileges",
      ];
    case "NotFound":
      return ["NotFound", "the folder does not exist: make it or choose another path"];
    case "InvalidData":
      return ["InvalidCertificate", `the certificate or its key cannot be used: ${cause.message}`];
    default:
      return [cause.name, cause.message];
  }
}
