// A first configuration by questions or flags: it can be used as it is, and nothing that is there is touched.
// Also tests first_text.ts and new_file.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { main } from "../../../src/cli/program.ts";
import { fakeHost, type FakeHostOptions } from "../../support/fake_host.ts";

const FILE = "/home/me/schelly.yaml";

async function init(args: string[], options: FakeHostOptions = {}) {
  const host = fakeHost(options);
  const code = await main(["init", ...args], host);
  const read = (path: string) => host.files.readText(path).catch(() => undefined);
  return { code, out: host.out(), err: host.err(), host, text: await read(FILE), read };
}

const RESTIC = ["--path", "/home", "--repository", "/srv/restic"];

test("flags alone write a configuration that is valid, and the password of its repository", async () => {
  const { code, out, text, host, read } = await init([...RESTIC, "--at", "02:30"]);
  assert.equal(code, 0);
  assert.match(text!, /^ {2}- name: home$/m);
  assert.match(text!, /^ {4}schedule: "30 2 \* \* \*"$/m);
  assert.match(text!, /^ {6}daily: 7\n {6}weekly: 4\n {6}monthly: 6\n$/m);
  assert.match((await read("/home/me/home-password"))!, /^\S{40,}\n$/);
  assert.equal((await host.files.info("/home/me/home-password"))!.mode! & 0o777, 0o600);
  assert.match(
    out,
    /Wrote \/home\/me\/schelly\.yaml\.[^]*without it nobody can restore[^]*\n {2}schelly jobs trigger home --wait/,
  );
  assert.equal(await main(["validate", "config"], host), 0);
});

test("what flags do not say is asked on a terminal: four questions, with the usual answer for enter", async () => {
  const answers = ["/srv/data/Photos & Films/", "sftp:nas:/restic", "", "14 daily, 12 monthly"];
  const { code, text, host } = await init([], { tty: true, answers });
  assert.equal(code, 0);
  assert.equal(host.questions.length, 4);
  assert.match(text!, /name: photos-films$/m);
  assert.match(text!, /repository: "sftp:nas:\/restic"/);
  assert.match(text!, /- "\/srv\/data\/Photos & Films\/"/);
  assert.match(text!, /schedule: "0 2 \* \* \*"/);
  assert.match(text!, /daily: 14\n {6}monthly: 12\n$/);
});

test("the state is beside a configuration in a folder of one's own, and a service's for one in /etc", async () => {
  const { text } = await init(RESTIC);
  assert.match(text!, /^state: \{ url: "file:schelly-state\/schelly\.db" \}/m);
  const { host, code } = await init([...RESTIC, "-o", "/etc/schelly/schelly.yaml"], {
    files: { "/etc/schelly/x": "" },
  });
  assert.equal(code, 0, host.err());
  assert.doesNotMatch(await host.files.readText("/etc/schelly/schelly.yaml"), /^state/m);
});

test("an address is a provider: then nothing is asked of a repository", async () => {
  const { code, text, host } = await init([], { tty: true, answers: ["http://nas:7070/backups", "", ""] });
  assert.equal(code, 0);
  assert.equal(host.questions.length, 3);
  assert.match(text!, /name: nas$/m);
  assert.match(text!, /url: "http:\/\/nas:7070\/backups"/);
});

test("a file that is there stays as it is, and nothing is asked", async () => {
  const { code, err, text, host } = await init([], { tty: true, files: { [FILE]: "jobs: []\n" } });
  assert.equal(code, 1);
  assert.match(err, /is there already, and stays as it is/);
  assert.equal(text, "jobs: []\n");
  assert.equal(host.questions.length, 0);
});

test("a folder that is not there is named before anything is asked or made", async () => {
  const { code, err, host, read } = await init([...RESTIC, "-o", "/nowhere/schelly.yaml"], { tty: true });
  assert.equal(code, 1);
  assert.match(err, /there is no folder '\/nowhere', make it first/);
  assert.deepEqual([host.questions.length, await read("/nowhere/home-password")], [0, undefined]);
});

test("a password file that is there is used and kept", async () => {
  const { code, out, read } = await init(RESTIC, { files: { "/home/me/home-password": "old\n" } });
  assert.equal(code, 0);
  assert.equal(await read("/home/me/home-password"), "old\n");
  assert.doesNotMatch(out, /without it nobody/);
});

test("--print writes nothing", async () => {
  const { code, out, text, read } = await init([...RESTIC, "--print"]);
  assert.equal(code, 0);
  assert.match(out, /^# yaml-language-server[^]*\njobs:\n {2}- name: home\n[^]*\n {6}monthly: 6\n$/);
  assert.deepEqual([text, await read("/home/me/home-password")], [undefined, undefined]);
});

const REFUSED: [args: string[], code: number, says: RegExp][] = [
  [[], 2, /no terminal to ask on: expected --path or --url/],
  [["--path", "/home"], 2, /no terminal to ask on: expected --repository/],
  [["--url", "http://a/b", "--path", "/x"], 2, /expected one of the two kinds/],
  [[...RESTIC, "--at", "25:00"], 2, /'25:00' is no time of a day/],
  [[...RESTIC, "--at", "0 99 * * *"], 2, /nothing was written: .*schedule/],
  [[...RESTIC, "--policy", "fortnightly=3"], 2, /Cannot use 'fortnightly=3'/],
  [[...RESTIC, "--name", "../x"], 2, /nothing was written: .*is not a name/],
  [[...RESTIC, "--timezone", "Berlin"], 2, /nothing was written: .*is not a time zone/],
];

for (const [args, code, says] of REFUSED) {
  test(`init ${args.join(" ")} says what is wrong, and writes nothing`, async () => {
    const found = await init(args);
    assert.equal(found.code, code, found.err);
    assert.match(found.err, says);
    assert.equal(found.text, undefined);
  });
}

test("who ends the input is left with nothing written", async () => {
  const { code, text } = await init([], { tty: true, answers: ["/home"] });
  assert.deepEqual([code, text], [1, undefined]);
});
