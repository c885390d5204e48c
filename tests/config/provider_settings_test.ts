// The settings of each job's provider, wherever they were written.

import assert from "node:assert/strict";
import { test } from "node:test";
import { providerSettings } from "../../src/config/provider_settings.ts";

test("settings are found by shared and own providers, also where names hold dots and words of the path", () => {
  const row = (path: string, value: string) => ({ path, value, source: "s.yaml:1" });
  const found = providerSettings([
    row("providers.nas.a.url", "http://a"),
    row("providers.nas.url", '"http://b"'),
    row("jobs.x.provider.name", "x.provider"),
    row("jobs.x.provider.provider", "nas.a"),
    row("jobs.y.name", "y"),
    row("jobs.y.provider.use", "nas"),
    row("jobs.z.name", "z"),
    row("jobs.z.provider.restic.repository", '"/srv/a: b"'),
    row("jobs.z.provider.restic.paths", "[ /etc ]"),
  ], [{ name: "x.provider" }, { name: "y" }, { name: "z" }]);
  const pairs = (job: string) => found.get(job)!.map(({ key, value }) => [key, value]);
  assert.deepEqual(pairs("x.provider"), [["url", "http://a"]]);
  assert.deepEqual(pairs("y").filter(([key]) => key === "url"), [["url", "http://b"]]);
  assert.deepEqual(pairs("z"), [["restic.repository", "/srv/a: b"], ["restic.paths", "[ /etc ]"]]);
});

test("settings of a provider with hosts are shown as they are on that of the job", () => {
  const row = (path: string, value: string) => ({ path, value, source: "s.yaml:1" });
  const found = providerSettings([
    row("providers.nas.url", '"https://{host}:7070/b"'),
    row("providers.nas.hosts", '[ a, { name: b, address: "[::1]" } ]'),
    row("providers.nas.token_file", '"tokens/{host}"'),
    ...["a", "b"].flatMap((host) => [
      row(`jobs.x.${host}.name`, `x.${host}`),
      row(`jobs.x.${host}.provider.use`, "nas"),
      row(`jobs.x.${host}.provider.host`, host),
    ]),
  ], [{ name: "x.a" }, { name: "x.b" }]);
  const pairs = (job: string) => found.get(job)!.map(({ key, value }) => `${key} ${value}`);
  assert.deepEqual(pairs("x.a"), ["url https://a:7070/b", "token_file tokens/a"]);
  assert.deepEqual(pairs("x.b"), ["url https://[::1]:7070/b", "token_file tokens/b"]);
});
