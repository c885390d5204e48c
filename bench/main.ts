// Runs every short measurement, one after the other. The long one is bench/soak.ts.

for (
  const name of [
    "retention",
    "pass",
    "forecast",
    "store",
    "metrics",
    "views",
    "explain",
    "binary",
    "config",
    "pictures",
  ]
) {
  Deno.stdout.writeSync(new TextEncoder().encode(`\n${name}\n`));
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--permission-set=default", "--no-check", `bench/${name}.ts`],
    cwd: new URL("..", import.meta.url),
    stdin: "null",
  }).spawn().status;
  if (code !== 0) Deno.exit(code);
}
