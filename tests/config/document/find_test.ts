// Where the configuration is looked for, and how a folder of files is told of.
// Also tests join.ts.

import { test } from "node:test";
import assert from "node:assert/strict";
import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { loadConfig } from "../../../src/config/load.ts";
import type { ConfigError } from "../../../src/domain/errors.ts";
import { MemoryFiles } from "../../support/memory_files.ts";
import { nodeFiles } from "../../support/node_files.ts";
import { issuesOf, load, notesOf, NOW } from "../../support/load_text.ts";

/** A configuration whose one job says where it came from. */
function named(name: string): string {
  return `jobs: [{ name: ${name}, provider: { url: "http://p/b" } }]\n`;
}

test("loadConfig() looks at the flag, SCHELLY_CONFIG, SCHELLY_CONFIG_YAML, ./ and /etc in this order", async () => {
  const files: Record<string, string> = {
    "/flag.yaml": named("flag"),
    "/env.yaml": named("env"),
    "/etc/schelly/schelly.yaml": named("etc"),
  };
  const env: Record<string, string> = { SCHELLY_CONFIG: "/env.yaml", SCHELLY_CONFIG_YAML: named("inline") };
  const found = async (here: boolean, options: Parameters<typeof load>[1]) =>
    (await load(here ? named("here") : null, { files, ...options })).jobs[0]!.name;
  assert.equal(await found(true, { env, flags: { config: "/flag.yaml" } }), "flag");
  assert.equal(await found(true, { env }), "env");
  assert.equal(await found(true, { env: { SCHELLY_CONFIG_YAML: named("inline") } }), "inline");
  assert.equal(await found(true, {}), "here");
  assert.equal(await found(false, {}), "etc");
});

test("loadConfig() says that an inline configuration is not used beside a named one", async () => {
  const env = { SCHELLY_CONFIG_YAML: named("inline") };
  assert.deepEqual(await notesOf(named("here"), { env, flags: { config: "schelly.yaml" } }), [
    "warning environment: SCHELLY_CONFIG_YAML: not used: --config comes first",
  ]);
});

test("loadConfig() names the variable as the file of an inline configuration", async () => {
  assert.deepEqual(
    await issuesOf(null, {
      env: { SCHELLY_CONFIG_YAML: "jobs:\n  - nam: x\n    provider: { url: http://p }\n" },
    }),
    [
      "SCHELLY_CONFIG_YAML:2:5: jobs[0].name: missing: expected text",
      "SCHELLY_CONFIG_YAML:2:5: jobs[0].nam: unknown key 'nam' (did you mean name?)",
    ],
  );
});

const FOLDER = {
  "/conf/10-server.yaml": "server: { stop_timeout: 1m }\njobs: []\n",
  "/conf/b.yml": named("b"),
  "/conf/a.yaml": `defaults: { timezone: Asia/Tokyo }\n${named("a")}`,
  "/conf/.hidden.yaml": "nonsense",
  "/conf/notes.txt": "nonsense",
  "/conf/deeper/c.yaml": "nonsense",
};

test("loadConfig() joins the YAML files of a folder by name", async () => {
  const config = await load(null, { files: FOLDER, flags: { config: "/conf/" } });
  assert.deepEqual(config.source, {
    kind: "folder",
    path: "/conf/",
    files: ["10-server.yaml", "a.yaml", "b.yml"],
  });
  assert.deepEqual(config.jobs.map((job) => [job.name, job.timezone]), [["a", "Asia/Tokyo"], [
    "b",
    "Asia/Tokyo",
  ]]);
  assert.equal(config.server.stopTimeoutMs, 60_000);
});

test("loadConfig() tells the issues of a folder by file, with the indexes of that file", async () => {
  const issues = await issuesOf(null, {
    flags: { config: "conf" },
    files: {
      "/home/me/conf/1.yaml": `log: {}\n${named("a")}`,
      "/home/me/conf/2.yaml":
        `log: {}\njobs:\n  - { name: a, provider: { url: "http://p/b" } }\n  - { name: b, jiter: 1s, provider: { url: "http://p/b" } }\n`,
      "/home/me/conf/3.yaml": "",
      "/home/me/conf/4.yaml/x": "a folder with the name of a file",
    },
  });
  assert.deepEqual(issues, [
    "conf/4.yaml: this is a folder: expected a file",
    "conf/2.yaml:1:1: log: the section stands in conf/1.yaml:1 too: expected it in one file only",
    "conf/3.yaml:1:1: the document is empty: expected at least 'jobs'",
  ]);
  const later = await issuesOf(null, {
    flags: { config: "conf" },
    files: {
      "/home/me/conf/1.yaml": named("a"),
      "/home/me/conf/2.yaml":
        `jobs:\n  - { name: a, provider: { url: "http://p/b" } }\n  - { name: b, jiter: 1s, provider: { url: "http://p/b" } }\n`,
    },
  });
  assert.deepEqual(later, [
    "conf/2.yaml:2:13: jobs[0].name: the name 'a' is taken by the job at conf/1.yaml:1: expected another one",
    "conf/2.yaml:3:16: jobs[1].jiter: unknown key 'jiter' (did you mean jitter?)",
  ]);
});

/** What is named, what is there, and the issue. */
const UNREADABLE: [
  what: string,
  config: string,
  files: Record<string, string | Uint8Array>,
  issue: RegExp,
][] = [
  [
    "a missing file",
    "no.yaml",
    {},
    /^no\.yaml: there is no such file or folder: expected the configuration that --config names$/,
  ],
  ["an empty path", " ", {}, /^--config: the path is empty: expected a file or a folder$/],
  [
    "a folder without YAML",
    "conf",
    { "/home/me/conf/x.txt": "" },
    /^conf: no \*\.yaml or \*\.yml is in the folder: expected at least one$/,
  ],
  [
    "a file over 4 MiB",
    "x.yaml",
    { "/home/me/x.yaml": `# ${"x".repeat(4 * 1024 * 1024)}\n` },
    /^x\.yaml: the file has 4194307 bytes: expected at most 4 MiB \(split the jobs into the files of a folder/,
  ],
  [
    "Latin-1",
    "x.yaml",
    { "/home/me/x.yaml": new Uint8Array([0x61, 0xfc, 0x0a]) },
    /^x\.yaml: the file is not UTF-8 text: expected a YAML file saved as UTF-8$/,
  ],
  [
    "UTF-16",
    "x.yaml",
    { "/home/me/x.yaml": new Uint8Array([0xff, 0xfe, 0x61, 0x00]) },
    /^x\.yaml: the file is not UTF-8 text but UTF-16: /,
  ],
];

for (const [what, config, files, pattern] of UNREADABLE) {
  test(`loadConfig() refuses ${what}`, async () => {
    const issues = await issuesOf(null, { flags: { config }, files });
    assert.equal(issues.length, 1);
    assert.match(issues[0]!, pattern);
  });
}

test("loadConfig() refuses a file it may not read, and one that is no file", async () => {
  assert.deepEqual(
    await issuesOf(named("a"), { prepare: (files) => files.deny("/home/me/schelly.yaml") }),
    ["schelly.yaml: cannot read the file: permission denied"],
  );
  assert.deepEqual(
    await issuesOf(null, { prepare: (files) => files.putOther("/home/me/schelly.yaml") }),
    ["schelly.yaml: this is neither a file nor a folder: expected a YAML file"],
  );
  assert.deepEqual(
    await issuesOf(null, { prepare: (files) => files.putFolder("/home/me/schelly.yaml") }),
    ["schelly.yaml: this is a folder: expected a file"],
  );
});

test("loadConfig() refuses an inline configuration over 4 MiB", async () => {
  const env = { SCHELLY_CONFIG_YAML: "#".repeat(4 * 1024 * 1024 + 1) };
  assert.deepEqual(await issuesOf(null, { env }), [
    "environment: SCHELLY_CONFIG_YAML: the text is over 4 MiB: expected a smaller one " +
    "(split the jobs into the files of a folder, and name the folder)",
  ]);
});

test("loadConfig() refuses at once a folder of more files, or of longer ones, than can be read in a minute", async () => {
  const files = new MemoryFiles();
  const big = new Uint8Array(4 * 1024 * 1024).fill(0x23);
  for (let at = 0; at < 17; at++) files.put(`/home/me/large/${at}.yaml`, big);
  files.putFolder("/home/me/conf");
  files.list = () => Promise.resolve(Array.from({ length: 150_001 }, (_, at) => `${at}.yaml`));
  const refused = async (config: string) => {
    const request = { flags: { config }, env: {}, files, now: 0 };
    const error = await loadConfig(request).then(() => assert.fail("it was read"), (thrown) => thrown);
    return (error as ConfigError).issues.map(({ message }) => message);
  };
  assert.deepEqual(await refused("conf"), ["the folder has 150001 files: expected at most 150000"]);
  files.list = () => Promise.resolve(Array.from({ length: 17 }, (_, at) => `${at}.yaml`));
  assert.deepEqual(await refused("large"), ["the files of the folder have over 64 MiB: expected less"]);
});

test("loadConfig() reads a byte order mark and Windows line ends", async () => {
  const config = await load(`\ufeff${named("a").replaceAll("\n", "\r\n")}`);
  assert.equal(config.jobs[0]!.name, "a");
});

test("loadConfig() reads real files, also through links as Kubernetes makes them", async () => {
  const folder = await mkdtemp(`${tmpdir()}/schelly-config-`);
  try {
    await writeFile(`${folder}/..data.yaml`, named("real"));
    await symlink(`${folder}/..data.yaml`, `${folder}/jobs.yaml`);
    const config = await loadConfig({ flags: { config: folder }, env: {}, files: nodeFiles, now: NOW });
    assert.deepEqual(config.jobs.map((job) => job.name), ["real"]);
    await symlink(`${folder}/gone`, `${folder}/lost.yaml`);
    await assert.rejects(
      loadConfig({ flags: { config: folder }, env: {}, files: nodeFiles, now: NOW }),
      /lost\.yaml: this is a link to nothing: expected a file/,
    );
  } finally {
    await rm(folder, { recursive: true });
  }
});
