// The files of deploy/ and the Dockerfile: each as its own checker sees it, and the compose example played for real
// in scratch containers that hold nothing but what the image would.

import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { test } from "node:test";
import { parse } from "yaml";
import { ourStage, PROJECT, readCompose, startOurs } from "../support/compose_stack.ts";
import { dashboardQueries, filled } from "../support/dashboard.ts";
import { composeErrors } from "../support/deploy_schemas.ts";
import { everyMetric } from "../support/every_metric.ts";
import { npmTools } from "../support/npm_tools.ts";
import { programTest, until } from "../support/program.ts";
import { requireFile, requireTool } from "../support/require_tool.ts";
import { ContainerNetwork, which, whyNoContainers } from "../support/scratch_container.ts";

const PROMETHEUS = `${PROJECT}/deploy/prometheus`;

const tools = npmTools();
const binary: { path?: string; skip: string | false } = requireFile(
  "SCHELLY_TEST_BINARY",
  "the compiled program",
);
const read = (path: string) => readFileSync(path, "utf8");
const readYaml = (path: string) => parse(read(path));

test("Dockerfile has no finding of its linter", { skip: tools.skip }, () => {
  const found = tools.run<string[]>(
    `return require("dockerfile-utils").validate(input).map((one) => (one.range.start.line + 1) + ": " + one.message);`,
    read(`${PROJECT}/Dockerfile`),
  );
  assert.deepEqual(found, []);
});

test("both images run as a stranger, say what they are and how they are", async () => {
  for (const name of ["daemon", "slim"]) {
    const stage = await ourStage(name);
    assert.equal(stage.user, "65532:65532");
    assert.deepEqual([...stage.entrypoint, ...stage.cmd], ["/usr/local/bin/schelly", "run"]);
    assert.deepEqual(stage.healthcheck, ["/usr/local/bin/schelly", "healthcheck"]);
    assert.deepEqual(stage.volumes, ["/var/lib/schelly"]);
    for (const label of ["title", "description", "licenses", "version", "revision", "source"]) {
      assert.ok(`org.opencontainers.image.${label}` in stage.labels, label);
    }
  }
  assert.match((await ourStage()).base, /distroless\/cc-.*:nonroot@/, "what is built by default");
  assert.deepEqual((await ourStage("slim")).packages, ["bash", "ca-certificates", "restic", "tar"]);
});

test("compose.yaml fits the schema of compose files", { skip: tools.skip }, async () => {
  const errors = composeErrors(tools, await readCompose());
  assert.equal(errors, null, JSON.stringify(errors));
});

/** What the original's docker-compose.yml says, and nothing else of it has a value. */
const ORIGINAL_ENVIRONMENT: Record<string, Record<string, string>> = {
  "schelly": {
    LOG_LEVEL: "debug",
    BACKUP_NAME: "test",
    WEBHOOK_URL: "http://schelly-restic:7070/backups",
    BACKUP_CRON_STRING: "0/3 * * * * *",
    WEBHOOK_HEADERS: "k1=v1,k2=v2",
    WEBHOOK_GRACE_TIME: "200",
    RETENTION_MINUTELY: "10",
  },
  "schelly-restic": {
    RESTIC_PASSWORD: "123",
    LOG_LEVEL: "debug",
    PRE_BACKUP_COMMAND: "dd if=/dev/zero of=/backup-source/TESTFILE bs=100MB count=2",
    POST_BACKUP_COMMAND: "rm /backup-source/TESTFILE",
    SOURCE_DATA_PATH: "/backup-source/TESTFILE",
    TARGET_DATA_PATH: "/backup-repo",
  },
};

test("the environment of compose.yaml is the original's word for word, with the provider's token beside it", async () => {
  const { services } = await readCompose();
  const token = read(`${PROJECT}/deploy/compose/provider-token`).trim();
  for (const [name, environment] of Object.entries(ORIGINAL_ENVIRONMENT)) {
    const { WEBHOOK_HEADERS: headers, ...rest } = { ...services[name]!.environment };
    const own = headers?.replace(`,Authorization=Bearer ${token}`, "");
    assert.deepEqual({ ...rest, ...(own === undefined ? {} : { WEBHOOK_HEADERS: own }) }, environment);
  }
  assert.deepEqual(services.schelly!.ports, ["127.0.0.1:8080:8080"]);
});

test("workflows have no finding of actionlint, few permissions, and only what is pinned by hash", {
  skip: tools.skip,
}, () => {
  const folder = `${PROJECT}/.github/workflows`;
  const files = readdirSync(folder).map((file) => ({
    path: `.github/workflows/${file}`,
    text: read(`${folder}/${file}`),
  }));
  const found = tools.run<any[]>(
    `const { createLinter } = await import(require.resolve("actionlint"));
    const lint = await createLinter();
    return input.flatMap(({ text, path }) => lint(text, path));`,
    files,
  );
  // Its lists of GitHub's machines and permissions are older than some of those.
  const isNewer = ({ kind, file, line, column }: any) => {
    const text = files.find(({ path }) => path === file)!.text.split("\n")[line - 1]!;
    return kind === "runner-label" ||
      kind === "permissions" && text.slice(column - 1).startsWith("attestations:");
  };
  assert.deepEqual(found.filter((one) => !isNewer(one)), []);
  for (const { path, text } of files) {
    const workflow = parse(text);
    assert.deepEqual(workflow.permissions, {}, `${path}: nothing is allowed that a job does not ask for`);
    for (const { steps } of Object.values<any>(workflow.jobs)) {
      for (const { uses } of steps) if (uses !== undefined) assert.match(uses, /@[0-9a-f]{40}$/);
    }
  }
});

test("what may publish a release runs none of its code, and signs what it publishes", () => {
  const { jobs } = readYaml(`${PROJECT}/.github/workflows/release.yml`);
  const mayWrite = ({ permissions }: any) => Object.values(permissions).includes("write");
  const publishing = Object.entries<any>(jobs).filter(([, job]) => mayWrite(job)).map(([name]) => name);
  assert.deepEqual(publishing, ["publish-archives", "publish-images"]);
  for (const [name, { permissions, needs, steps }] of Object.entries<any>(jobs)) {
    const uses = steps.flatMap((step: any) => step.uses?.replace(/@.*/, "") ?? []);
    const commands = steps.flatMap((step: any) => step.run ?? []).join("\n");
    if (!publishing.includes(name)) {
      assert.deepEqual(permissions, { contents: "read" }, name);
      continue;
    }
    assert.ok(!uses.includes("actions/checkout"), name);
    assert.doesNotMatch(commands, /\bmake\b|docker (build|run)\b|npm|deno/, name);
    assert.deepEqual(needs, ["archives", "images"], "both are made before either is published");
    assert.ok(uses.includes("actions/attest-build-provenance"), name);
    assert.match(commands, /cosign sign/);
  }
  for (const name of ["archives", "deno"]) assert.equal(jobs[name].needs, "test", name);
  assert.equal(jobs.images.needs, "deno");
});

test("what images are built on, and what they stand beside, is named by its digest", async () => {
  const text = read(`${PROJECT}/Dockerfile`);
  const bases = [...text.matchAll(/^FROM (\S+) AS /gm)].map(([, base]) => base!);
  assert.equal(bases.length, 4);
  for (const base of bases) {
    // The release looks it up, and gives it to every build.
    if (base === "${DENO_IMAGE}") continue;
    assert.match(base, /:[\w.-]+@sha256:[0-9a-f]{64}$/);
  }
  const { steps } = readYaml(`${PROJECT}/.github/workflows/release.yml`).jobs.images;
  assert.match(steps[1].run, /--build-arg DENO_IMAGE="\$DENO_IMAGE"/);
  for (const { image, build } of Object.values((await readCompose()).services)) {
    if (build === undefined) assert.match(image, /@sha256:[0-9a-f]{64}$/);
  }
});

test("the rules of Prometheus are valid, and fire when they should and only then", {
  skip: requireTool("promtool", ["--version"]),
}, () => {
  const tests = readdirSync(PROMETHEUS).filter((file) => file.endsWith(".test.yml"));
  assert.equal(tests.length, 2);
  for (const args of [["check", "config", "prometheus.yml"], ["test", "rules", ...tests]]) {
    const { success, stdout, stderr } = new Deno.Command("promtool", { args, cwd: PROMETHEUS }).outputSync();
    const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
    assert.ok(success, said);
  }
});

test("each rule has its section of the runbook, and is seen firing by a test", () => {
  const rules: any[] = readYaml(`${PROMETHEUS}/schelly.rules.yml`).groups.flatMap(({ rules }: any) => rules);
  const runbook = read(`${PROJECT}/docs/runbook.md`).split(/^## /m).slice(1);
  const sections = new Map(
    runbook.map((text): [string, string] => [text.slice(0, text.indexOf("\n")), text])
      .filter(([name]) => name.startsWith("Schelly")),
  );
  assert.deepEqual([...sections.keys()], rules.map(({ alert }) => alert), "in the order of the rules");
  const tests = ["schelly.rules.test.yml", "schelly.rules.weeks.test.yml"]
    .map((file) => read(`${PROMETHEUS}/${file}`)).join("");
  for (const { alert, labels, annotations } of rules) {
    assert.deepEqual(
      [...sections.get(alert)!.matchAll(/^\*\*(\w+)\.\*\* ./gm)].map(([, part]) => part),
      ["Means", "Look", "Do"],
      alert,
    );
    assert.equal(annotations.runbook, `docs/runbook.md#${alert.toLowerCase()}`);
    assert.ok(["critical", "warning", "info"].includes(labels.severity), alert);
    assert.doesNotMatch(
      annotations.summary,
      /\$value( \}|\s*\| humanize )/,
      `${alert}: 1.024 reads as a thousand`,
    );

    assert.ok(
      tests.includes(`"${alert}"`) || tests.includes(`alertname: ${alert}`),
      `${alert} is seen by no test`,
    );
  }
});

test("the example for Alertmanager is valid", {
  skip: requireTool("prometheus-alertmanager", ["--version"]),
}, () => {
  const args = ["check-config", `${PROMETHEUS}/alertmanager.yml`];
  const { success, stdout, stderr } = new Deno.Command("amtool", { args }).outputSync();
  assert.ok(success, new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr));
});

test("rules and dashboards ask only for metrics and labels that the program serves", async () => {
  const served = new Map<string, Set<string>>();
  for (const line of (await everyMetric()).split("\n")) {
    const [, name, labels = ""] = /^([a-z_]+)(?:\{(.*)\})? /.exec(line) ?? [];
    if (name === undefined) continue;
    const known = served.get(name) ?? new Set(["instance", "job"]);
    for (const [, label] of labels.matchAll(/([a-z_]+)="/g)) known.add(label!);
    served.set(name, known);
  }
  const rules = readYaml(`${PROMETHEUS}/schelly.rules.yml`).groups.flatMap(({ rules }: any) => rules);
  const asked = [...rules.map(({ expr }: any) => expr), ...dashboardQueries().map(({ expr }) => expr)];
  assert.ok(asked.length > 30);
  for (const expr of asked) {
    for (const [, name, labels = ""] of expr.matchAll(/\b((?:schelly|process)_[a-z_]+)(?:\{([^}]*)\})?/g)) {
      assert.ok(served.has(name), `${name} is not served: ${expr}`);
      for (const [, label] of labels.matchAll(/([a-z_]+)\s*[=!]/g)) {
        assert.ok(served.get(name)!.has(label), `${name} has no label ${label}: ${expr}`);
      }
    }
  }
});

programTest("the compose example runs from its images, read-only, and fills its dashboard", async (rig) => {
  const { services } = await readCompose();
  const network = await ContainerNetwork.open(rig, Object.keys(services));
  const provider = await startOurs(network, "schelly-restic", services["schelly-restic"]!, binary.path!);
  const schelly = await startOurs(network, "schelly", services.schelly!, binary.path!);
  const { command, volumes } = services.prometheus!;
  const settings = `${rig.folder}/prometheus`;
  await mkdir(settings);
  for (const file of readdirSync(PROMETHEUS)) {
    writeFileSync(`${settings}/${file}`, read(`${PROMETHEUS}/${file}`).replaceAll("15s", "1s"));
  }
  assert.deepEqual(volumes, ["../prometheus:/etc/prometheus:ro", "prometheus:/prometheus"]);
  network.start("prometheus", {
    programs: { "/bin/prometheus": which("prometheus") },
    env: {},
    user: "65534:65534",
    argv: ["/bin/prometheus", ...command!],
    volumes: {
      "/etc/prometheus": { from: settings, readOnly: true },
      "/prometheus": { from: await network.volume("prometheus", "65534:65534"), readOnly: false },
    },
  });

  await until("both are well", async () => {
    const health = await schelly.exec(...(await ourStage()).healthcheck);
    const [, ...check] = services["schelly-restic"]!.healthcheck!.test;
    return health.code === 0 && (await provider.exec(...byPath(check))).code === 0;
  });
  const trigger = await until("a start by hand, between two by schedule", async () => {
    const answer = await network.request("POST", "http://127.0.0.2:8080/backups");
    return answer.status === 202 && JSON.parse(answer.body);
  });
  const backups = await until("a backup by restic", async () => {
    const { status, body } = await network.request("GET", "http://127.0.0.2:8080/backups?status=available");
    return status === 200 && JSON.parse(body).length > 0 && JSON.parse(body);
  }, 40_000);
  const [made] = backups;
  assert.match(made.data_id, /^[0-9a-f]{8,64}$/, "the id of a snapshot");
  assert.equal(made.size, 200, "what PRE_BACKUP_COMMAND has written, in MB");

  const ask = async (...paths: string[]) => {
    const urls = paths.map((path) => `http://127.0.0.1:9090/api/v1/${path}`);
    return (await network.requests("GET", urls)).map(({ body }) => JSON.parse(body));
  };
  const queries = dashboardQueries();
  await until("the queries of the dashboard have answers", async () => {
    const answers = await ask(
      ...queries.map(({ expr }) => `query?query=${encodeURIComponent(filled(expr))}`),
    );
    for (const [i, { title }] of queries.entries()) {
      assert.equal(answers[i].status, "success", `${title}: ${JSON.stringify(answers[i])}`);
    }
    const without = queries.filter((_, i) => answers[i].data.result.length === 0).map(({ title }) => title);
    return without.every((title) => MAY_BE_EMPTY.includes(title));
  }, 40_000);
  const [rulesAnswer] = await ask("rules");
  const rules = rulesAnswer.data.groups.flatMap(({ rules }: any) => rules);
  assert.ok(rules.length >= 10);
  for (const { name, health, lastError } of rules) assert.equal(health, "ok", `${name}: ${lastError}`);

  const admin = await schelly.exec("/usr/local/bin/schelly", "retention", "show", "test", "--json");
  assert.equal(admin.code, 0, admin.err);
  const ended = await schelly.child.kill("SIGTERM");
  assert.equal(ended.code, 143, ended.err);
  const again = await startOurs(network, "schelly", services.schelly!, binary.path!);
  await until("its backups are there again", async () => {
    const { status, body } = await network.request("GET", "http://127.0.0.2:8080/backups");
    return status === 200 && JSON.parse(body).some(({ id }: any) => id === trigger.id);
  });
  assert.equal((await again.child.kill("SIGTERM")).code, 143);
}, {
  skip: binary.skip || whyNoContainers() || requireTool("restic") || requireTool("prometheus", ["--version"]),
});

/** Nothing of them happens in a minute of a healthy job. */
const MAY_BE_EMPTY: string[] = [
  "Starts of Schelly",
  "Deletions that find no way",
  "Messages",
  "What is in doubt or stands still",
];

/** Names of programs as paths, since nothing looks for them in the container. */
function byPath(argv: string[]): string[] {
  return [`/usr/bin/${argv[0]}`, ...argv.slice(1)];
}
