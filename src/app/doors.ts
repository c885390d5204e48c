// Where callers come in: the TCP port and the unix socket; part of the composition root.

import type { ServerConfig } from "../config/values/config.ts";
import type { Host, Listener, ListenSpec, RequestHandler } from "../ports/host.ts";

/** Longest wait for requests under way when the doors close. */
const STOP_REQUESTS_MS = 1_000;

/** The doors of one running scheduler; disposing closes them. */
export class Doors implements AsyncDisposable {
  readonly #listeners: Listener[] = [];
  #tcp: Listener | undefined;

  constructor(private readonly host: Pick<Host, "listen">) {}

  /** Opens those that the configuration has; rejects when one cannot be, and those before it stay open. */
  async open(
    { listen, socket, tls }: ServerConfig,
    handler: RequestHandler,
    callers: Pick<ListenSpec, "standing" | "peerOf"> = {},
  ): Promise<void> {
    if (listen !== null) {
      const tcp = { ...listen, ...(tls === null ? {} : { tls }) };
      this.#tcp = await this.host.listen({ tcp, ...callers }, handler);
      this.#listeners.push(this.#tcp);
    }
    if (socket !== null) this.#listeners.push(await this.host.listen({ unix: { path: socket } }, handler));
  }

  /** The one that has the certificate; undefined while there is none. */
  get tcp(): Listener | undefined {
    return this.#tcp;
  }

  /** Where a browser on this machine finds the server; undefined without a TCP port. */
  browserAddress(basePath = ""): string | undefined {
    if (this.#tcp === undefined) return undefined;
    return `${
      this.#tcp.address.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:")
    }${basePath}`;
  }

  /** `http://127.0.0.1:8080`, `unix:/run/…`. */
  get addresses(): string[] {
    return this.#listeners.map((listener) => listener.address);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#listeners.map((listener) => listener.close(STOP_REQUESTS_MS)));
  }
}
