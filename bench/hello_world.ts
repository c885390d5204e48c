// The least that answers over HTTP: what the program's start is measured against, compiled by the same Deno.

Deno.serve({
  hostname: "127.0.0.1",
  port: 0,
  onListen: ({ port }) =>
    Deno.stderr.writeSync(new TextEncoder().encode(`Listening on http://127.0.0.1:${port}.\n`)),
}, () => new Response("hello"));
