// Makes way for a new unix socket: a dead socket file goes, a live server or any other file stays.

/**
 * Removes the socket file at `path` when nobody answers behind it.
 * Rejects with the name `AddressInUse` when somebody does, `AlreadyExists` when the file is no socket.
 */
export async function replaceDeadSocket(path: string): Promise<void> {
  let info: Deno.FileInfo;
  try {
    info = await Deno.lstat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw error;
  }
  if (!info.isSocket) {
    const error = new Error("a file that is no socket is there: move it or choose another path");
    error.name = "AlreadyExists";
    throw error;
  }
  if (await answers(path)) {
    const error = new Error(`a server answers at ${path}`);
    error.name = "AddressInUse";
    throw error;
  }
  await Deno.remove(path);
}

/** False only when the kernel says that nobody listens; every other failure leaves the file alone. */
async function answers(path: string): Promise<boolean> {
  try {
    const connection = await Deno.connect({ transport: "unix", path });
    connection.close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.ConnectionRefused) return false;
    throw error;
  }
}
