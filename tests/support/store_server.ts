// A libSQL server of a test's own, started as its makers ship it, and asked at its admin port for what a test wants of it.

import { type ChildProcess, spawn } from "node:child_process";
import { createServer } from "node:net";
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";

export interface StoreServer extends AsyncDisposable {
  url: string;
  adminUrl: string;
  /** Where replicas of it ask. */
  grpcUrl: string;
  /** Changes the settings of its one database, such as `durability_mode`. */
  set(settings: Record<string, unknown>): Promise<void>;
  /** kill -9; `start` brings it back at the same place, with what is in its folder then. */
  kill(): Promise<void>;
  start(): Promise<void>;
}

/** Its data is in `folder`; further arguments follow those of its addresses. It answers when this resolves. */
export async function startStoreServer(
  path: string,
  folder: string,
  ...more: string[]
): Promise<StoreServer> {
  const [port, admin, grpc] = [await freePort(), await freePort(), await freePort()];
  const url = `http://127.0.0.1:${port}`;
  const adminUrl = `http://127.0.0.1:${admin}`;
  const isReplica = more.includes("--primary-grpc-url");
  const args = [
    ...["--db-path", folder, "--http-listen-addr", `127.0.0.1:${port}`],
    ...["--admin-listen-addr", `127.0.0.1:${admin}`],
    ...(isReplica ? [] : ["--grpc-listen-addr", `127.0.0.1:${grpc}`]),
    ...more,
  ];
  let child: ChildProcess | undefined;
  const server: StoreServer = {
    url,
    adminUrl,
    grpcUrl: `http://127.0.0.1:${grpc}`,
    async set(settings) {
      const response = await fetch(`${adminUrl}/v1/namespaces/default/config`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ block_reads: false, block_writes: false, ...settings }),
      });
      await response.body?.cancel();
      if (!response.ok) throw new Error(`the libSQL server takes no settings: ${response.status}`);
    },
    async kill() {
      const ended = child;
      child = undefined;
      if (ended === undefined) return;
      await new Promise<void>((resolve) => {
        ended.on("exit", () => resolve());
        ended.kill("SIGKILL");
      });
    },
    async start() {
      child = spawn(path, args, { stdio: "ignore", env: { ...process.env, RUST_LOG: "error" } });
      await answers(`${url}/health`);
    },
    [Symbol.asyncDispose]: () => server.kill(),
  };
  await server.start();
  return server;
}

/** The same, with commits that outlive its power. */
export async function startStrongServer(path: string, folder: string): Promise<StoreServer> {
  const server = await startStoreServer(path, folder);
  await server.set({ durability_mode: "strong" });
  return server;
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

async function answers(url: string): Promise<void> {
  for (let attempt = 0;; attempt++) {
    try {
      const response = await fetch(url);
      await response.body?.cancel();
      if (response.ok) return;
    } catch (error) {
      if (attempt > 4_000) throw error;
    }
    await delay(5);
  }
}
