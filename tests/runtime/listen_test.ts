// Listening: TCP, TLS refusals, unix sockets with their modes and their dead, and closing in order.
// Also tests bound_server.ts, http.ts, http_connection.ts, keep_open.ts, listen_error.ts,
// no_request.ts and unix_socket.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { PeerInfo } from "../../src/ports/host.ts";
import { systemClock } from "../../src/runtime/clock.ts";
import { httpOver, systemHttp } from "../../src/runtime/http.ts";
import { listen } from "../../src/runtime/listen.ts";
import { withFolder } from "../support/folder.ts";

const tcp = { hostname: "127.0.0.1", port: 0 };
const get = (url: string) => systemHttp(new Request(url));

test("listen() serves HTTP on a TCP port and tells who asks", async () => {
  let peer: PeerInfo | undefined;
  const listener = await listen({ tcp }, (request, from) => {
    peer = from;
    return new Response(new URL(request.url).pathname);
  });
  assert.match(listener.address, /^http:\/\/127\.0\.0\.1:\d+$/);
  assert.equal(await (await get(`${listener.address}/path`)).text(), "/path");
  assert.equal(peer?.local, false);
  assert.match(peer!.remote, /^127\.0\.0\.1:\d+$/);
  await listener.close(1000);
  await assert.rejects(get(listener.address));
});

test("listen() says in words that a port is taken", async () => {
  const first = await listen({ tcp }, () => new Response("first"));
  const port = Number(new URL(first.address).port);
  await assert.rejects(listen({ tcp: { ...tcp, port } }, () => new Response("second")), {
    name: "AddressInUse",
    message:
      `Cannot listen on 127.0.0.1:${port}: another program listens there: stop it or choose another port`,
  });
  await first.close(0);
});

test("listen() names what else can be wrong with an address or a certificate", async () => {
  const answer = () => new Response();
  await assert.rejects(listen({ tcp: { hostname: "192.0.2.1", port: 0 } }, answer), {
    name: "AddressNotAvailable",
  });
  await assert.rejects(listen({ tcp: { ...tcp, tls: { cert: "no", key: "no" } } }, answer), {
    name: "InvalidCertificate",
    message: /the certificate or its key cannot be used/,
  });
  await assert.rejects(listen({ unix: { path: "/no/such/folder/s.sock" } }, answer), {
    name: "NotFound",
    message:
      "Cannot listen on unix:/no/such/folder/s.sock: the folder does not exist: make it or choose another path",
  });
  await assert.rejects(listen({}, answer), /neither a TCP address nor a unix socket/);
});

test("listen() serves on a unix socket that only its owner may open", () =>
  withFolder(async (folder) => {
    const path = `${folder}/s.sock`;
    let peer: PeerInfo | undefined;
    const listener = await listen({ unix: { path } }, (_request, from) => {
      peer = from;
      return new Response("over the socket");
    });
    assert.equal(listener.address, `unix:${path}`);
    assert.equal((await Deno.stat(path)).mode! & 0o777, 0o600);
    const answer = await httpOver(path)(new Request("http://schelly/backups"));
    assert.equal(await answer.text(), "over the socket");
    assert.deepEqual(peer, { local: true, remote: "unix" });
    await listener.close(100);
    // Files made later have their usual mode again.
    await Deno.writeTextFile(`${folder}/later`, "");
    assert.equal((await Deno.stat(`${folder}/later`)).mode! & 0o777, 0o666 & ~Deno.umask());
  }));

test("listen() replaces a dead socket and refuses a live one or another file", () =>
  withFolder(async (folder) => {
    const path = `${folder}/s.sock`;
    await leaveDeadSocket(path);
    const live = await listen({ unix: { path } }, () => new Response("live"));
    await assert.rejects(listen({ unix: { path } }, () => new Response("other")), {
      name: "AddressInUse",
      message: `Cannot listen on unix:${path}: another program listens there: stop it or choose another path`,
    });
    assert.equal(await (await httpOver(path)(new Request("http://schelly/"))).text(), "live");
    await live.close(0);

    await Deno.writeTextFile(path, "precious");
    await assert.rejects(listen({ unix: { path } }, () => new Response()), {
      name: "AlreadyExists",
      message:
        `Cannot listen on unix:${path}: a file that is no socket is there: move it or choose another path`,
    });
    assert.equal(await Deno.readTextFile(path), "precious");
  }));

const pem = (name: string) => Deno.readTextFileSync(new URL(`../testdata/tls/${name}.pem`, import.meta.url));
const OLD = { cert: pem("cert"), key: pem("key") };
const NEW = { cert: pem("other_cert"), key: pem("other_key") };

/** The answer to a client that trusts this certificate alone, over a connection of its own. */
async function getTrusting(cert: string, url: string): Promise<string> {
  using client = Deno.createHttpClient({ caCerts: [cert], poolMaxIdlePerHost: 0 });
  return await (await fetch(url, { client })).text();
}

test("renew() serves new connections with another certificate, and lets answers under way end", async () => {
  const started = Promise.withResolvers<void>();
  const finish = Promise.withResolvers<void>();
  const listener = await listen({ tcp: { ...tcp, tls: OLD } }, async (request) => {
    if (!request.url.endsWith("/slow")) return new Response("quick");
    started.resolve();
    await finish.promise;
    return new Response("slow");
  });
  const { address } = listener;
  const slow = getTrusting(OLD.cert, `${address}/slow`);
  await started.promise;
  await listener.renew(NEW);
  assert.equal(await getTrusting(NEW.cert, address), "quick");
  await assert.rejects(getTrusting(OLD.cert, address), /certificate|UnknownIssuer/);
  await listener.renew(OLD);
  assert.equal(await getTrusting(OLD.cert, address), "quick");
  finish.resolve();
  assert.equal(await slow, "slow");
  await listener.close(1000);
  await assert.rejects(getTrusting(OLD.cert, address), /refused|Connect/);
});

test("renew() refuses a certificate that cannot be used or does not fit, and the old one stays", async () => {
  const listener = await listen({ tcp: { ...tcp, tls: OLD } }, () => new Response("old"));
  for (const tls of [{ cert: "no", key: "no" }, { cert: NEW.cert, key: OLD.key }]) {
    await assert.rejects(listener.renew(tls), { name: "InvalidCertificate" });
    assert.equal(await getTrusting(OLD.cert, listener.address), "old");
  }
  await listener.close(100);
  const plain = await listen({ tcp }, () => new Response());
  await assert.rejects(plain.renew(NEW), /it has none/);
  await plain.close(100);
});

test("listen() with a certificate shares its port with nobody but its own successor", async () => {
  const first = await listen({ tcp: { ...tcp, tls: OLD } }, () => new Response("first"));
  const port = Number(new URL(first.address).port);
  for (const tls of [NEW, undefined]) {
    const spec = { tcp: { ...tcp, port, ...(tls === undefined ? {} : { tls }) } };
    await assert.rejects(listen(spec, () => new Response("second")), { name: "AddressInUse" });
  }
  await first.close(0);
});

test("somebody takes connections all the while certificates change", async () => {
  const listener = await listen({ tcp: { ...tcp, tls: OLD } }, () => new Response("here"));
  const port = Number(new URL(listener.address).port);
  let over = false;
  let connected = 0;
  const connecting = (async () => {
    while (!over) {
      try {
        (await Deno.connect({ hostname: "127.0.0.1", port })).close();
        connected++;
      } catch (error) {
        // One that the old listener had not taken yet when it closed.
        assert.equal((error as Error).name, "ConnectionReset");
      }
    }
  })();
  for (let turn = 0; turn < 20; turn++) {
    await listener.renew(turn % 2 === 0 ? NEW : OLD);
    await systemClock.sleep(5);
  }
  over = true;
  await connecting;
  assert.ok(connected > 20, `${connected} connections`);
  assert.equal(await getTrusting(OLD.cert, listener.address), "here");
  await listener.close(100);
});

test("close() lets answers under way finish and turns new requests away", async () => {
  const started = Promise.withResolvers<void>();
  const finish = Promise.withResolvers<void>();
  const listener = await listen({ tcp }, async () => {
    started.resolve();
    await finish.promise;
    return new Response("finished");
  });
  const slow = get(listener.address);
  await started.promise;
  const closed = listener.close(5000);
  assert.equal((await get(listener.address)).status, 503);
  finish.resolve();
  assert.equal(await (await slow).text(), "finished");
  await closed;
});

test("close() cuts what is not over in time, endless streams too", async () => {
  const listener = await listen({ tcp }, (request) => {
    if (request.url.endsWith("/hang")) return new Promise<Response>(() => {});
    return new Response(new ReadableStream({ start: (stream) => stream.enqueue(new Uint8Array(1)) }));
  });
  const stream = (await get(listener.address)).body!.getReader();
  await stream.read();
  const hanging = get(`${listener.address}/hang`).then(() => "answered", () => "cut");
  await systemClock.sleep(10);
  const start = systemClock.monotonic();
  await listener.close(30);
  assert.ok(systemClock.monotonic() - start < 1000);
  assert.equal(await hanging, "cut");
  await assert.rejects(stream.read());
});

test("close() breaks off a body that has not come whole: what came of it is not taken for all", async () => {
  for (const framing of ["Content-Length: 9\r\n\r\n[1]", "Transfer-Encoding: chunked\r\n\r\n3\r\n[1]\r\n"]) {
    const begun = Promise.withResolvers<void>();
    const read = Promise.withResolvers<string>();
    const listener = await listen({ tcp }, async (request) => {
      const reader = request.body!.pipeThrough(new TextDecoderStream()).getReader();
      assert.equal((await reader.read()).value, "[1]");
      begun.resolve();
      read.resolve(await reader.read().then(({ done }) => `done: ${done}`, (error) => error.message));
      return new Response();
    });
    const { hostname, port } = new URL(listener.address);
    using connection = await Deno.connect({ hostname, port: Number(port) });
    await connection.write(new TextEncoder().encode(`POST / HTTP/1.1\r\nHost: localhost\r\n${framing}`));
    await begun.promise;
    await listener.close(0);
    assert.equal(await read.promise, "the connection was cut", framing);
  }
});

test("close() does not wait for those who went away without their answer", async () => {
  const begun = Promise.withResolvers<void>();
  const listener = await listen({ tcp }, () => {
    begun.resolve();
    return new Promise<Response>(() => {});
  });
  const { hostname, port } = new URL(listener.address);
  const connection = await Deno.connect({ hostname, port: Number(port) });
  await connection.write(new TextEncoder().encode("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  await begun.promise;
  connection.close();
  const start = systemClock.monotonic();
  await listener.close(10_000);
  assert.ok(systemClock.monotonic() - start < 5_000);
});

test("connections that break off in the middle of anything are no trouble of anybody else", async () => {
  const listener = await listen(
    { tcp },
    async (request) => new Response(await request.text().catch(() => "broken")),
  );
  const { hostname, port } = new URL(listener.address);
  const said = [
    "",
    "GET / HT",
    "GET / HTTP/1.1\r\nHost",
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n[",
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
  ];
  for (const words of said) {
    const connection = await Deno.connect({ hostname, port: Number(port) });
    await connection.write(new TextEncoder().encode(words));
    // By then it is being read.
    assert.equal(await (await get(listener.address)).text(), "");
    connection.close();
  }
  assert.equal(await (await get(listener.address)).text(), "");
  await listener.close(1_000);
});

test("one connection has 32 requests under way at most, and says so of more", async () => {
  const finish = Promise.withResolvers<void>();
  let begun = 0;
  const listener = await listen({ tcp }, async (request) => {
    if (request.url.endsWith("/quick")) return new Response();
    begun++;
    await finish.promise;
    return new Response("served");
  });
  using client = Deno.createHttpClient({ http1: false, http2: true });
  const ask = async (path: string) => (await fetch(`${listener.address}${path}`, { client })).text();
  // Opens the connection that all others then share.
  await ask("/quick");
  const answers = Array.from({ length: 40 }, () => ask("/slow"));
  const limit = new AbortController();
  void systemClock.sleep(5_000, limit.signal).then(() => finish.resolve(), () => {});
  const refused = await Promise.all(answers.slice(32));
  for (const text of refused) assert.match(text, /32 requests of this connection are under way already/);
  assert.equal(begun, 32);
  finish.resolve();
  assert.deepEqual(new Set(await Promise.all(answers.slice(0, 32))), new Set(["served"]));
  limit.abort();
  await listener.close(1_000);
});

/** As a killed server leaves it: the file is there, nobody listens. */
async function leaveDeadSocket(path: string): Promise<void> {
  const script = "import socket,sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])";
  const made = await new Deno.Command("python3", { args: ["-c", script, path] }).output().catch(() =>
    undefined
  );
  if (!made?.success) {
    const keeper = Deno.listen({ transport: "unix", path: `${path}.live` });
    await Deno.rename(`${path}.live`, path);
    keeper.close();
  }
}
