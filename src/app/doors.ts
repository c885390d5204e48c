// Where callers come in: the TCP port and the unix socket; part of the composition root.

import type { ServerConfig } from "../config/values/config.ts";
import type { Host, Listener, ListenSpec, RequestHandler } from "../ports/host.ts";

/** Longest wait for requests under way when the doors close. */
const STOP_REQUESTS_MS = 1_000;

/** The doors of one running scheduler; disposing closes them. */
export class Doors implements AsyncDisposable {
  readonly #listeners: Listener[] = [];
  #tcp: Listener | undefined;
  #handler: RequestHandler = () => Promise.reject(new Error("nobody is behind the doors yet"));
  #callers: Pick<ListenSpec, "standing" | "peerOf"> = {};
  #areOpen = false;

  constructor(private readonly host: Pick<Host, "listen">) {}

  /**
   * Opens those that the configuration has; rejects when one cannot be, and those before it stay open. Where they are open
   * already, whoever comes in from now on meets another handler.
   */
  async open(
    { listen, socket, tls }: ServerConfig,
    handler: RequestHandler,
    callers: Pick<ListenSpec, "standing" | "peerOf"> = {},
  ): Promise<void> {
    [this.#handler, this.#callers] = [handler, callers];
    if (this.#areOpen) return;
    this.#areOpen = true;
    const answer: RequestHandler = (request, peer) => this.#handler(request, peer);
    if (listen !== null) {
      const tcp = { ...listen, ...(tls === null ? {} : { tls }) };
      this.#tcp = await this.host.listen({ tcp, ...this.#asked(callers) }, answer);
      this.#listeners.push(this.#tcp);
    }
    if (socket !== null) this.#listeners.push(await this.host.listen({ unix: { path: socket } }, answer));
  }

  /** What is asked of callers, by who is behind the doors then. */
  #asked(
    { standing, peerOf }: Pick<ListenSpec, "standing" | "peerOf">,
  ): Pick<ListenSpec, "standing" | "peerOf"> {
    return {
      ...(standing && { standing: (request, peer) => (this.#callers.standing ?? standing)(request, peer) }),
      ...(peerOf && { peerOf: (peer, headers) => (this.#callers.peerOf ?? peerOf)(peer, headers) }),
    };
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
    await Promise.all(this.#listeners.splice(0).map((listener) => listener.close(STOP_REQUESTS_MS)));
  }
}
