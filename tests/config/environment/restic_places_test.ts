// Relative paths of restic's settings belong to the file they are written in; what was found elsewhere is not lost.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ResticProviderSpec } from "../../../src/domain/provider_spec.ts";
import { serviceOf, serviceOfKey } from "../../../src/domain/service_identity.ts";
import { issuesOf, load, type LoadOptions, notesOf } from "../../support/load_text.ts";

const SETTINGS =
  "repository: repo, password: x, paths: [data, /etc], exclude_files: [not], prune: never, check: never";
const yaml = (settings = SETTINGS) => `jobs: [{ name: a, provider: { restic: { ${settings} } } }]\n`;

/** The file is `/etc/schelly/s.yaml`, and Schelly was started in `/home/me`. */
function elsewhere(text: string, files: Record<string, string> = {}): LoadOptions {
  return {
    flags: { config: "/etc/schelly/s.yaml" },
    files: { "/etc/schelly/s.yaml": text, "/home/me/.profile": "", ...files },
  };
}

async function specOf(text: string, files: Record<string, string> = {}): Promise<ResticProviderSpec> {
  const { providers } = await load(null, elsewhere(text, files));
  return [...providers.values()][0] as ResticProviderSpec;
}

test("where Schelly is started beside its file nothing changes but that the repository is named in full", async () => {
  const { providers } = await load(yaml());
  const spec = providers.get("restic:repo") as ResticProviderSpec;
  const { repository, written, folder, paths, program } = spec;
  assert.deepEqual([repository, written, folder, program], ["/home/me/repo", "repo", undefined, "restic"]);
  assert.deepEqual(paths, ["data", "/etc"], "its snapshots keep their layout");
  assert.equal(serviceOf(spec), serviceOfKey("restic:repo"), "a job that left is known by the same service");
});

test("relative paths lead from the file, whatever folder Schelly was started in, under the same key", async () => {
  const spec = await specOf(yaml(SETTINGS.replace("repo,", "local:./repo, program: ./bin/restic,")));
  const { key, repository, folder, paths, program } = spec;
  assert.equal(key, "restic:local:./repo");
  assert.equal(repository, "/etc/schelly/repo");
  assert.deepEqual([folder, paths, program], ["/etc/schelly", ["data", "/etc"], "/etc/schelly/bin/restic"]);
});

test("what is written in full, and what is on another machine, is left as it is", async () => {
  for (
    const repository of [
      "/srv/repo",
      "local:/srv/repo",
      "rest:http://nas/repo",
      "sftp:nas:repo",
      "rclone:nas:repo",
    ]
  ) {
    const spec = await specOf(yaml(`repository: "${repository}", password: x, paths: [/data]`));
    assert.deepEqual([spec.repository, spec.written, spec.folder], [repository, undefined, undefined]);
  }
});

test("a copy's source leads from the file too, and is not the repository it is copied into", async () => {
  const copy = (from: string) =>
    yaml(`repository: repo, password: x, copy_from: { repository: ${from}, password: y }`);
  assert.equal((await specOf(copy("other"))).copyFrom!.repository, "/etc/schelly/other");
  const issues = await issuesOf(null, elsewhere(copy("/etc/schelly/repo")));
  assert.match(issues.join("\n"), /copy_from.repository: is the repository that is copied into/);
});

test("a repository that is only where Schelly was started is still used, with what to write", async () => {
  const files = { "/home/me/repo/config": "x" };
  const spec = await specOf(yaml(), files);
  assert.deepEqual([spec.key, spec.repository], ["restic:repo", "/home/me/repo"]);
  const notes = await notesOf(null, elsewhere(yaml(), files));
  const told = notes.find((note) => note.startsWith("warning") && note.includes("restic.repository"))!;
  assert.match(
    told,
    /'repo' was found where Schelly was started, '\/home\/me\/repo', and not in the folder of this file/,
  );
  assert.match(told, /write \/home\/me\/repo, and formerly: \["restic:repo"\] beside restic/);

  const followed = yaml(SETTINGS.replace("repo,", "/home/me/repo,")).replace(
    "provider: {",
    'provider: { formerly: ["restic:repo"],',
  );
  const { jobs } = await load(null, elsewhere(followed, files));
  assert.deepEqual(
    jobs[0]!.providerKeys,
    ["restic:/home/me/repo", "restic:repo"],
    "its backups stay its own",
  );
});

test("a provider with a name keeps it, whatever it writes", async () => {
  const text = `providers: { nas: { restic: { ${SETTINGS} } } }\njobs: [{ name: a, provider: nas }]\n`;
  const notes = await notesOf(null, elsewhere(text, { "/home/me/repo/config": "x" }));
  assert.match(notes.join("\n"), /write \/home\/me\/repo(?!, and formerly)/);
});

test("two repositories of one name are not chosen between", async () => {
  const files = { "/home/me/repo/config": "x", "/etc/schelly/repo/config": "y" };
  const [issue] = await issuesOf(null, elsewhere(yaml(), files));
  assert.match(
    issue!,
    /'\/etc\/schelly\/repo', and another one where Schelly was started, '\/home\/me\/repo'/,
  );
  assert.match(issue!, /expected the whole path/);
});

test("files to back up that are only where Schelly was started are read there, in both places they are refused", async () => {
  const there = { "/home/me/data/x": "", "/home/me/not": "" };
  assert.equal((await specOf(yaml(), there)).folder, "/home/me");
  const notes = (await notesOf(null, elsewhere(yaml(), there))).join("\n");
  assert.match(
    notes,
    /'data', 'not' were found where Schelly was started.*write \/home\/me\/data, \/home\/me\/not/s,
  );
  const both = { ...there, "/etc/schelly/data/x": "", "/etc/schelly/not": "" };
  const [issue] = await issuesOf(null, elsewhere(yaml(), both));
  assert.match(
    issue!,
    /'data', 'not' are in the folder of this file, '\/etc\/schelly', and where Schelly was started/,
  );
});

test("each path leads to where it is found, and one whose disk is away takes no other along", async () => {
  const settings = SETTINGS.replace("[data, /etc]", "[data, mail, /etc]").replace(
    "x,",
    "x, program: bin/restic,",
  );
  const of = async (...found: string[]) => {
    const spec = await specOf(yaml(settings), Object.fromEntries(found.map((path) => [`${path}/x`, ""])));
    const { folder, otherFolder, paths, excludeFiles, program } = spec;
    return { folder, otherFolder, paths: paths.slice(0, 2), excludeFiles, program };
  };
  const [here, there] = ["/etc/schelly", "/home/me"];
  const plain = { paths: ["data", "mail"], excludeFiles: ["not"], program: `${here}/bin/restic` };
  const ours = { folder: here, otherFolder: there, ...plain };
  assert.deepEqual(await of(), ours, "nothing is there yet");
  assert.deepEqual(await of(`${here}/data`), ours);
  const former = { folder: there, otherFolder: here, ...plain, excludeFiles: [`${here}/not`] };
  assert.deepEqual(await of(`${there}/data`, `${there}/mail`), former);
  assert.deepEqual(await of(`${there}/mail`), former, "what is away leads to where it was");
  assert.deepEqual(
    await of(`${there}/mail`, `${there}/data`, `${here}/data`),
    former,
    "and so does what is in both",
  );
  assert.deepEqual(
    await of(`${there}/mail`, `${there}/not`, `${there}/bin/restic`),
    { ...former, excludeFiles: ["not"], program: `${there}/bin/restic` },
  );
  const mixed = await of(`${here}/data`, `${there}/mail`, `${there}/bin/restic`);
  assert.deepEqual(mixed, { ...ours, paths: ["data", `${there}/mail`], program: `${there}/bin/restic` });
  const text = yaml(settings);
  const notes = await notesOf(null, elsewhere(text, { "/etc/schelly/data/x": "", "/home/me/mail/x": "" }));
  assert.match(notes.join("\n"), /'mail' was found where Schelly was started.*write \/home\/me\/mail/s);
  const [issue] = await issuesOf(null, elsewhere(text, { "/etc/schelly/data/x": "", "/home/me/data/x": "" }));
  assert.match(issue!, /'data' is in the folder of this file, .* and where Schelly was started, /);
});

test("a ~ is warned of, since nobody but a shell takes it for the home folder", async () => {
  const notes = await notesOf(yaml('repository: ~/backup, password: x, paths: [~/docs, "~", /a~]'));
  const warned = notes.filter((note) => note.includes("only a shell")).map((note) =>
    note.match(/restic\.(\S+):/)![1]
  );
  assert.deepEqual(warned, ["repository", "paths[0]", "paths[1]"]);
});
