// The settings of a provider on Conductor: every default, every key, and what is refused.
// Also tests build_service.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ConductorProviderSpec } from "../../../src/domain/provider_spec.ts";
import { serviceOf, serviceOfKey } from "../../../src/domain/service_identity.ts";
import { issuesOf, load } from "../../support/load_text.ts";

const jobs = 'jobs: [ { name: a, provider: p, verify: "off" } ]';

test("the names of the successor are those that are meant where none are written", async () => {
  const { providers } = await load(
    'jobs: [ { name: a, provider: { conductor: { url: "http://Conductor:8080/api/" } } } ]',
  );
  const spec = [...providers.values()][0] as ConductorProviderSpec;
  assert.equal(spec.key, "conductor:http://conductor:8080/api");
  assert.equal(spec.uiUrl, "http://conductor:8080");
  assert.equal(spec.persistence, null);
  assert.deepEqual(spec.workflows, { create: "create_backup", remove: "remove_backup", version: null });
  assert.deepEqual(Object.values(spec.inputs), ["backupName", "dataId", "workerConfig", "timeoutSeconds"]);
  assert.deepEqual(Object.values(spec.outputs), ["dataId", "dataSizeMB"]);
  assert.deepEqual([spec.backupName, spec.workerConfig, spec.timeoutSeconds], [null, null, null]);
  // A backup of the key of before stays one of this server's.
  assert.equal(serviceOfKey(spec.key), serviceOf({ ...spec, key: "p" }));
});

test("every key is taken over, headers and bodies as beside a url", async () => {
  const { providers } = await load(`providers:
  p:
    headers: { X-Authorization: token }
    create_body: { level: 1 }
    conductor:
      url: http://c:1/api
      ui_url: http://ui:2/
      persistence: sql
      create_workflow: save
      remove_workflow: drop
      workflow_version: 3
      backup_name: web
      worker_config: /etc/w
      worker_timeout: 90m
      inputs: { backup_name: name, data_id: id, worker_config: config, timeout_seconds: limit }
      outputs: { data_id: made, data_size_mb: megabytes }
${jobs}
`);
  const spec = providers.get("p") as ConductorProviderSpec;
  assert.deepEqual(
    [spec.uiUrl, spec.persistence, spec.workflows, spec.backupName, spec.workerConfig, spec.timeoutSeconds],
    ["http://ui:2", "sql", { create: "save", remove: "drop", version: 3 }, "web", "/etc/w", 5400],
  );
  assert.deepEqual([spec.headers, spec.createBody], [{ "X-Authorization": "token" }, { level: 1 }]);
  assert.deepEqual(Object.values(spec.inputs), ["name", "id", "config", "limit"]);
  assert.deepEqual(Object.values(spec.outputs), ["made", "megabytes"]);
});

test("what cannot work is refused where it stands", async () => {
  const issues = async (own: string, more = "") =>
    (await issuesOf(`providers: { p: { conductor: { ${own} }${more} } }\n${jobs}\n`))
      .map((issue) => issue.replace(/^.*?: providers\.p\./, ""));
  const url = 'url: "http://c/api"';
  assert.match((await issues('url: "c:8080"'))[0]!, /^conductor\.url: 'c:8080' is not an http URL/);
  assert.match((await issues(`${url}, ui_url: "ftp://x"`))[0]!, /^conductor\.ui_url: .* is not an http URL/);
  assert.match((await issues(`${url}, create_workflow: "a/b"`))[0]!, /'a\/b' is no name of a workflow/);
  assert.match((await issues(url, ", create_body: [1]"))[0]!, /^create_body: is no mapping/);
  assert.match((await issues(`${url}, persistence: redis`))[0]!, /conductor\.persistence/);
  const [verify] = await issuesOf(
    `providers: { p: { conductor: { ${url} } } }\njobs: [ { name: a, provider: p, verify: { schedule: "@daily" } } ]\n`,
  );
  assert.match(verify!, /verify: cannot be done: nobody verifies on Conductor/);
});
