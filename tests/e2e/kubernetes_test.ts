// What deploy/kubernetes renders to: it fits the schemas and itself, lets through what must pass and nothing else, and runs
// on its mounts as the node lays them.

import assert from "node:assert/strict";
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { test } from "node:test";
import { parse } from "yaml";
import { ourStage, PROJECT } from "../support/compose_stack.ts";
import { kubernetesErrors } from "../support/deploy_schemas.ts";
import { kustomize } from "../support/kustomize.ts";
import { npmTools } from "../support/npm_tools.ts";
import { programTest, type Rig, until } from "../support/program.ts";
import { requireFile } from "../support/require_tool.ts";
import { ContainerNetwork, type ContainerSpec, whyNoContainers } from "../support/scratch_container.ts";

const EXAMPLE = "overlays/example";
const COMPONENTS = ["servicemonitor", "jobs-over-rest", "earlier-claim"];

const tools = npmTools();
const renderer = kustomize();
const binary: { path?: string; skip: string | false } = requireFile(
  "SCHELLY_TEST_BINARY",
  "the compiled program",
);

/** Renders some of it; the folder that it was put together in is gone afterwards. */
function rendered(base: string, components: readonly string[] = []): any[] {
  const scratch = mkdtempSync(`${tmpdir()}/schelly-kustomize-`);
  try {
    return renderer.renderWith(components, scratch, base);
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

/** The Job that puts a copy of the state in place. */
function restoreJob(): any {
  return parse(readFileSync(`${PROJECT}/deploy/kubernetes/state-restore.yaml`, "utf8"), { version: "1.1" });
}

const find = (objects: any[], kind: string, name = "schelly") =>
  objects.find((object) => object.kind === kind && object.metadata.name === name);
const podOf = (objects: any[]) => find(objects, "StatefulSet").spec.template.spec;

test("the base, each component and the example fit the schemas to the last field, and hang together", {
  skip: tools.skip || renderer.skip,
}, () => {
  const all = [
    rendered("base"),
    ...COMPONENTS.map((one) => rendered("base", [one])),
    rendered("base", COMPONENTS),
    rendered(EXAMPLE),
    rendered(EXAMPLE, ["jobs-over-rest", "earlier-claim"]),
  ];
  assert.deepEqual(kubernetesErrors(tools, [restoreJob()]), []);
  const planted = structuredClone(find(all[0]!, "StatefulSet"));
  planted.spec.template.spec.containers[0].livenesProbe = {};
  const wrong = kubernetesErrors(tools, [...all.flat(), { ...planted, spec: "not a spec" }]);
  assert.equal(wrong.length, 2, `${wrong.join("\n")}: only the planted one, by both kinds of schema`);
  assert.match(kubernetesErrors(tools, [planted]).join(), /'"livenesProbe"' does not exist/);
  for (const objects of all) {
    const { volumes, containers: [container] } = podOf(objects);
    const claims = find(objects, "StatefulSet").spec.volumeClaimTemplates ?? [];
    assert.deepEqual(
      new Set(container.volumeMounts.map(({ name }: any) => name)),
      new Set([...volumes, ...claims.map(({ metadata }: any) => metadata)].map(({ name }: any) => name)),
      "each volume is mounted, and each mount has one",
    );
    for (const { persistentVolumeClaim, configMap } of volumes) {
      if (persistentVolumeClaim) {
        assert.ok(find(objects, "PersistentVolumeClaim", persistentVolumeClaim.claimName));
      }
      if (configMap) assert.ok(find(objects, "ConfigMap", configMap.name));
    }
    const namespaces = new Set(objects.flatMap(({ metadata }) => metadata.namespace ?? []));
    assert.ok(namespaces.size <= 1);
  }
});

test(
  "one pod, without rights, with a volume that outlives it and time to end",
  { skip: renderer.skip },
  () => {
    const objects = rendered("base", ["servicemonitor"]);
    const { spec } = find(objects, "StatefulSet");
    const pod = podOf(objects);
    const [container] = pod.containers;
    assert.equal(spec.replicas, 1);
    assert.equal(spec.podManagementPolicy, "OrderedReady");
    assert.equal(spec.serviceName, find(objects, "Service").metadata.name);
    assert.deepEqual(spec.persistentVolumeClaimRetentionPolicy, {
      whenDeleted: "Retain",
      whenScaled: "Retain",
    });
    assert.equal(
      spec.volumeClaimTemplates[0].metadata.name,
      "state",
      "docs/kubernetes.md names state-schelly-0",
    );
    assert.equal(pod.enableServiceLinks, false);
    assert.equal(pod.automountServiceAccountToken, false);
    assert.ok(pod.terminationGracePeriodSeconds > 30, "stop_timeout is 30 s unless configured");
    // What the level `restricted` of pod security asks for.
    assert.equal(pod.securityContext.runAsNonRoot, true);
    assert.deepEqual(pod.securityContext.seccompProfile, { type: "RuntimeDefault" });
    assert.deepEqual(container.securityContext, {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
    assert.deepEqual(
      [container.startupProbe, container.livenessProbe, container.readinessProbe].map(({ httpGet }: any) =>
        httpGet.path
      ),
      ["/livez", "/livez", "/readyz"],
    );
    assert.deepEqual(Object.keys(container.resources.limits), Object.keys(container.resources.requests));
    const labels = spec.template.metadata.labels;
    for (
      const selector of [
        spec.selector.matchLabels,
        find(objects, "Service").spec.selector,
        find(objects, "Service").metadata.labels,
        find(objects, "ServiceMonitor").spec.selector.matchLabels,
      ]
    ) assert.deepEqual(selector, labels);
    assert.equal(find(objects, "ServiceMonitor").spec.endpoints[0].honorLabels, true);
  },
);

test("the earlier claim is taken as it was, and no other one is made", { skip: renderer.skip }, () => {
  const objects = rendered(EXAMPLE, ["earlier-claim"]);
  const { spec } = find(objects, "StatefulSet");
  assert.equal(spec.volumeClaimTemplates, undefined);
  assert.deepEqual(spec.template.spec.volumes.find(({ name }: any) => name === "state"), {
    name: "state",
    persistentVolumeClaim: { claimName: "schelly" },
  });
  const { metadata, spec: claim } = find(objects, "PersistentVolumeClaim");
  assert.equal(metadata.namespace, "schelly");
  assert.deepEqual(claim, { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } });
});

test(
  "only the providers of the jobs, names, clients and Prometheus get through",
  { skip: renderer.skip },
  () => {
    const objects = rendered(EXAMPLE);
    const labels = find(objects, "StatefulSet").spec.template.metadata.labels;
    const policies = objects.filter(({ kind, spec }: any) =>
      kind === "NetworkPolicy" && JSON.stringify(spec.podSelector.matchLabels) === JSON.stringify(labels)
    ).map(({ spec }: any) => spec);
    assert.ok(
      policies.some(({ policyTypes, ingress, egress }: any) =>
        policyTypes.join() === "Ingress,Egress" && ingress === undefined && egress === undefined
      ),
      "nothing passes that no policy names",
    );
    const egress = policies.flatMap((spec: any) => spec.egress ?? []);
    const jobs = Object.values<string>(find(objects, "ConfigMap", "schelly-config").data)
      .flatMap((text) => parse(text).jobs ?? []);
    assert.equal(jobs.length, 2);
    const needed = jobs.map(({ provider }: any) => {
      const { hostname, port } = new URL(provider.url);
      const [, namespace] = hostname.split(".");
      const to = namespace === undefined
        ? { podSelector: {} }
        : { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } } };
      return { to: [to], ports: [{ port: Number(port), protocol: "TCP" }] };
    });
    const dns = egress.filter(({ ports }: any) => ports[0].port === 53);
    assert.equal(dns.length, 1);
    assert.deepEqual(new Set(egress.filter((rule: any) => rule !== dns[0])), new Set(needed));
    const ingress = policies.flatMap((spec: any) => spec.ingress ?? []);
    assert.equal(ingress.length, 1);
    const [{ name: port }] = podOf(objects).containers[0].ports;
    assert.deepEqual(ingress[0].ports, [{ port, protocol: "TCP" }]);
    assert.deepEqual(ingress[0].from.map((from: any) => Object.keys(from)), [
      ["podSelector"],
      ["namespaceSelector", "podSelector"],
    ]);
  },
);

test("the state is restored under the same rights, on the same volumes", { skip: renderer.skip }, () => {
  const objects = rendered(EXAMPLE, ["jobs-over-rest"]);
  const { spec } = restoreJob().spec.template;
  const pod = podOf(objects);
  assert.equal(spec.restartPolicy, "Never");
  assert.deepEqual(spec.securityContext, pod.securityContext);
  const { volumes, containers: [container] } = spec;
  assert.equal(container.image, pod.containers[0].image);
  assert.deepEqual(container.securityContext, pod.containers[0].securityContext);
  assert.deepEqual(new Set(container.volumeMounts), new Set(pod.containers[0].volumeMounts));
  const { metadata, spec: { volumeClaimTemplates } } = find(objects, "StatefulSet");
  const claimName = `${volumeClaimTemplates[0].metadata.name}-${metadata.name}-0`;
  const state = { name: "state", persistentVolumeClaim: { claimName } };
  assert.deepEqual(new Set(volumes), new Set([...pod.volumes, state]));
});

programTest(
  "the example runs on a ConfigMap, takes an edit of it over, keeps jobs over REST, and its state can be restored",
  async (rig) => {
    const objects = renderer.renderWith(["jobs-over-rest"], rig.folder, EXAMPLE);
    const { data } = find(objects, "ConfigMap", "schelly-config");
    const network = await ContainerNetwork.open(rig, ["postgres-backup", "backup.web"]);
    const config = new ConfigMapVolume(`${rig.folder}/config`, data);
    const mounted = {
      config: config.folder,
      secrets: new ConfigMapVolume(`${rig.folder}/secrets`, { "postgres-key": "k", "web-token": "t" }).folder,
    };
    const spec = await containerOf(podOf(objects), rig, mounted);
    writeFileSync(`${rig.folder}/extra.yaml`, JOB);
    spec.files = { "/extra.yaml": `${rig.folder}/extra.yaml` };

    const schelly = network.start("schelly", spec);
    const probe = async (path: string) =>
      (await network.request("GET", `http://127.0.0.1:8080${path}`)).status;
    const { startupProbe, readinessProbe } = podOf(objects).containers[0];
    await until("it is alive", async () => await probe(startupProbe.httpGet.path) === 200);
    await until("it is ready", async () => await probe(readinessProbe.httpGet.path) === 200);
    const jobs = async (container: typeof schelly) => {
      const listed = await container.exec(PROGRAM, "jobs", "list", "--json");
      assert.equal(listed.code, 0, listed.err);
      return JSON.parse(listed.out).map(({ job }: any) => job).sort();
    };
    assert.deepEqual(await jobs(schelly), ["postgres", "web"]);

    config.replace({ ...data, "web.yaml": data["web.yaml"].replace("name: web", "name: shop") });
    await until("the edit is in force", async () => (await jobs(schelly)).includes("shop"));

    const put = await schelly.exec(PROGRAM, "jobs", "put", "/extra.yaml");
    assert.equal(put.code, 0, put.err);
    assert.equal((await schelly.child.kill("SIGTERM")).code, 143);
    const again = network.start("schelly", spec);
    await until("it is ready again", async () => await probe("/readyz") === 200);
    assert.deepEqual(await jobs(again), ["extra", "postgres", "shop", "web"], "web is unmanaged now");
    await until("a copy of the state", () => readdirSync(`${rig.folder}/volume-snapshots`).length > 0);
    assert.equal((await again.child.kill("SIGTERM")).code, 143);

    const restore = network.start(
      "restore",
      await containerOf(restoreJob().spec.template.spec, rig, mounted),
    );
    const looked = await restore.child.end();
    assert.equal(looked.code, 0, looked.err);
    assert.match(looked.out + looked.err, /\/var\/lib\/schelly-snapshots\//);
  },
  { skip: binary.skip || renderer.skip || whyNoContainers() },
);

const PROGRAM = "/usr/local/bin/schelly";
const JOB = `jobs:
  - name: extra
    enabled: false
    schedule: "0 4 * * *"
    provider: { url: "http://backup.extra:7070/backups" }
    retention: { daily: 3 }
`;

/** A ConfigMap or Secret as the node mounts it: links through one that is swapped at each edit. */
class ConfigMapVolume {
  #edits = 0;

  constructor(readonly folder: string, data: Record<string, string>) {
    mkdirSync(folder);
    for (const name of Object.keys(data)) symlinkSync(`..data/${name}`, `${folder}/${name}`);
    this.replace(data);
  }

  replace(data: Record<string, string>): void {
    const version = `..${++this.#edits}`;
    mkdirSync(`${this.folder}/${version}`);
    for (const [name, text] of Object.entries(data)) writeFileSync(`${this.folder}/${version}/${name}`, text);
    symlinkSync(version, `${this.folder}/..data_tmp`);
    renameSync(`${this.folder}/..data_tmp`, `${this.folder}/..data`);
  }
}

/** The pod's container; `folders` are what is mounted read-only, by the names of the volumes. */
async function containerOf(
  { securityContext, containers: [container] }: any,
  rig: Rig,
  folders: Record<string, string>,
): Promise<ContainerSpec> {
  const stage = await ourStage();
  const volumes: ContainerSpec["volumes"] = {};
  for (const { name, mountPath, subPath, readOnly } of container.volumeMounts) {
    if (mountPath === "/tmp") continue;
    const folder = folders[name] ?? [`${rig.folder}/volume-${name}`, subPath].join("/");
    if (!readOnly) layVolume(folder, securityContext.fsGroup);
    volumes[mountPath] = { from: folder, readOnly: readOnly === true };
  }
  return {
    programs: { [PROGRAM]: binary.path! },
    env: stage.env,
    user: `${securityContext.runAsUser}:${securityContext.runAsGroup}`,
    argv: [...stage.entrypoint, ...container.args],
    volumes,
  };

  /** Of root, and open to the pod's group, as the node leaves it. */
  function layVolume(folder: string, group: number): void {
    mkdirSync(folder, { recursive: true });
    chownSync(folder, 0, group);
    chmodSync(folder, 0o2775);
  }
}
