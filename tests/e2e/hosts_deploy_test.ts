// The examples of deploy/hosts: as their own checkers see them, and the compose file played for real in scratch containers.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { parse, parseAllDocuments } from "yaml";
import { PROJECT, readCompose, startOurs } from "../support/compose_stack.ts";
import { composeErrors, kubernetesErrors } from "../support/deploy_schemas.ts";
import { npmTools } from "../support/npm_tools.ts";
import { programTest, until } from "../support/program.ts";
import { requireFile, requireTool } from "../support/require_tool.ts";
import { ContainerNetwork, whyNoContainers } from "../support/scratch_container.ts";

const COMPOSE = `${PROJECT}/deploy/hosts/compose.yaml`;
const KUBERNETES = `${PROJECT}/deploy/hosts/kubernetes`;

const tools = npmTools();
const binary: { path?: string; skip: string | false } = requireFile(
  "SCHELLY_TEST_BINARY",
  "the compiled program",
);
const read = (path: string) => readFileSync(path, "utf8");

test("compose.yaml fits the schema, and each host serves its own name with a token of its own", {
  skip: tools.skip,
}, async () => {
  const compose = await readCompose(COMPOSE);
  assert.equal(composeErrors(tools, compose), null);
  const { providers } = parse(read(`${PROJECT}/deploy/hosts/config/schelly.yaml`));
  const hosts: string[] = providers.files.hosts;
  assert.deepEqual(Object.keys(compose.services).filter((name) => name !== "schelly"), hosts);
  const tokens = hosts.map((host) => {
    const { command, secrets } = compose.services[host]!;
    assert.equal(command![command!.indexOf("--host") + 1], host);
    assert.equal(
      compose.secrets[secrets![0]!]!.file,
      `./config/${providers.files.token_file.replace("{host}", host)}`,
    );
    return read(`${PROJECT}/deploy/hosts/config/tokens/${host}`);
  });
  assert.equal(new Set(tokens).size, hosts.length);
});

test("the objects for Kubernetes fit their schemas, and the providers are where Schelly looks for them", {
  skip: tools.skip,
}, () => {
  const { resources, images } = parse(read(`${KUBERNETES}/kustomization.yaml`));
  const objects: any[] = resources.flatMap((file: string) =>
    parseAllDocuments(read(`${KUBERNETES}/${file}`)).map((document) => document.toJS())
  );
  const wrong = kubernetesErrors(tools, [...objects, { ...objects[0], spec: "not a spec" }]);
  assert.equal(wrong.length, 2, `${wrong.join("\n")}: only the planted one, by both kinds of schema`);
  const { spec, metadata } = objects.find(({ kind }) => kind === "DaemonSet");
  const pod = spec.template.spec;
  const [container] = pod.containers;
  assert.deepEqual(spec.selector.matchLabels, spec.template.metadata.labels);
  assert.equal(images[0].name, container.image);
  assert.equal(container.args[container.args.indexOf("--host") + 1], "$(NODE_NAME)");
  assert.equal(container.env[0].valueFrom.fieldRef.fieldPath, "spec.nodeName");
  const { nodes } = parse(read(`${KUBERNETES}/schelly.yaml`)).providers;
  const { port } = new URL(nodes.url.replace("{host}", "node"));
  assert.equal(String(container.ports[0].hostPort), port);
  const state = container.volumeMounts.find(({ name }: any) => name === "state");
  assert.equal(state.mountPath, "/var/lib/schelly", "the journal outlives the pod");
  assert.ok(pod.volumes.find(({ name }: any) => name === "state").hostPath);
  const policies = objects.filter(({ kind }) => kind === "NetworkPolicy");
  assert.deepEqual(policies[0].spec.podSelector.matchLabels, spec.template.metadata.labels);
  assert.deepEqual(policies[0].spec.ingress[0].ports, [{ port: container.ports[0].name, protocol: "TCP" }]);
  assert.equal(policies[1].spec.egress[0].ports[0].port, Number(port));
  assert.equal(metadata.name, "schelly-host");
});

programTest("the configurations of the examples are valid", async (rig) => {
  for (const path of [`${KUBERNETES}/schelly.yaml`, `${PROJECT}/deploy/hosts/config/schelly.yaml`]) {
    const { code, err } = await rig.cli("validate", "config", "--no-secrets", path);
    assert.equal(code, 0, err);
  }
});

programTest("the compose example makes backups of both hosts, each by its own provider", async (rig) => {
  const { services } = await readCompose(COMPOSE);
  // They share one network here, so each has an address of its own in the place of all.
  const addresses = { "web-1": "127.0.1.1", "web-2": "127.0.1.2" };
  const named = Object.entries(addresses).map(([name, address]) => `${name} ${address}`);
  const network = await ContainerNetwork.open(rig, ["schelly", ...named]);
  for (const [name, address] of Object.entries(addresses)) {
    const service = {
      ...services[name]!,
      environment: { ...services[name]!.environment, LISTEN_IP: address },
    };
    await startOurs(network, name, service, binary.path!, {}, COMPOSE);
  }
  const schelly = await startOurs(network, "schelly", services.schelly!, binary.path!, {}, COMPOSE);
  for (const host of ["web-1", "web-2"]) {
    await until(`a backup of ${host}`, async () => {
      const { code, out } = await schelly.exec(
        ...[
          "/usr/local/bin/schelly",
          "backups",
          "list",
          "--job",
          `home.${host}`,
          "--status",
          "available",
          "--json",
        ],
        ...["--config", "/etc/schelly"],
      );
      return code === 0 && JSON.parse(out).length > 0;
    }, 60_000);
  }
  const checked = await schelly.exec("/usr/local/bin/schelly", "jobs", "check", "--config", "/etc/schelly");
  assert.equal(checked.code, 0, checked.err);
  assert.match(checked.err, /2 checked on 2 hosts, none failed/);
}, { skip: binary.skip || whyNoContainers() || requireTool("restic") });
