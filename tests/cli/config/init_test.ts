// A first configuration by questions or flags: it can be used as it is, and nothing that is there is touched.
// Also tests ask.ts, first_questions.ts, first_repository.ts, first_text.ts and new_file.ts.

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
  const files = { "/srv/data/Photos & Films/x": "" };
  const { code, text, out, host } = await init([], { tty: true, answers, files });
  assert.match(
    out,
    /If there is a repository at sftp:nas:\/restic already, write its password into that file/,
  );
  assert.equal(code, 0);
  assert.equal(host.questions.length, 4);
  assert.match(text!, /name: photos-films$/m);
  assert.match(text!, /repository: "sftp:nas:\/restic"/);
  assert.match(text!, /- "\/srv\/data\/Photos & Films\/"/);
  assert.match(text!, /schedule: "0 2 \* \* \*"/);
  assert.match(text!, /daily: 14\n {6}monthly: 12\n$/);
});

test("state and socket are beside a configuration in a folder of one's own, and a service's for one in /etc", async () => {
  const { text } = await init(RESTIC);
  assert.match(text!, /^server: \{ socket: schelly-state\/schelly\.sock \}/m);
  assert.match(text!, /^state: \{ url: "file:schelly-state\/schelly\.db" \}/m);
  const { host, code } = await init([...RESTIC, "-o", "/etc/schelly/schelly.yaml"], {
    files: { "/etc/schelly/x": "" },
  });
  assert.equal(code, 0, host.err());
  const service = await host.files.readText("/etc/schelly/schelly.yaml");
  assert.doesNotMatch(service, /^state/m);
  assert.match(service, /^server: \{ socket: \/run\/schelly\/schelly\.sock \}/m);
});

test("a socket whose path would be too long is left to those who write it", async () => {
  const deep = `/srv/${"x".repeat(100)}`;
  const { code, read } = await init([...RESTIC, "-o", `${deep}/schelly.yaml`], {
    files: { [`${deep}/x`]: "" },
  });
  assert.equal(code, 0);
  assert.match((await read(`${deep}/schelly.yaml`))!, /^# server: \{ socket: .*too long/m);
});

test("editors are pointed at the schema only where it is", async () => {
  assert.doesNotMatch((await init(RESTIC)).text!, /yaml-language-server/);
  const { text } = await init(RESTIC, { files: { "/home/me/schelly.schema.json": "{}" } });
  assert.match(text!, /^# yaml-language-server: \$schema=\.\/schelly\.schema\.json\n# Every key/);
});

test("times are those of the machine, or of TZ before it, and said to be UTC where there is no other zone", async () => {
  const localtime = "/usr/share/zoneinfo/Europe/Berlin";
  const zoneIn = async (args: string[], options: FakeHostOptions) => {
    const { code, err, text } = await init([...RESTIC, ...args], options);
    assert.equal(code, 0, err);
    return /^ {4}(timezone: .*|# Times are in UTC.*)$/m.exec(text!)?.[1];
  };
  assert.equal(await zoneIn([], { localtime }), "timezone: Europe/Berlin");
  assert.equal(await zoneIn([], { localtime, env: { TZ: "Asia/Tokyo" } }), "timezone: Asia/Tokyo");
  assert.equal(await zoneIn(["--timezone", "UTC"], { localtime }), "timezone: UTC");
  for (
    const options of [{}, { localtime: "/usr/share/zoneinfo/Etc/UTC" }, { localtime, env: { TZ: "UTC" } }]
  ) {
    assert.match((await zoneIn([], options))!, /^# Times are in UTC/);
  }
});

/** What is answered where something is wrong at first; all the rest is Enter. */
const AGAIN: [what: string, answers: string[], says: RegExp, holds: RegExp][] = [
  [
    "an address of no provider",
    ["ftp://nas/x", "/data", "/srv/r", "", ""],
    /'ftp:\/\/nas\/x' is no http/,
    /- \/data$/m,
  ],
  ["nothing", ["", "/data", "/srv/r", "", ""], /no usual answer: type one, such as \/home/, /- \/data$/m],
  [
    "a folder that is not there",
    ["/dta", "/data", "/srv/r", "", ""],
    /'\/dta' is not there: press Enter/,
    /- \/data$/m,
  ],
  ["one to come", ["/dta", "", "/srv/r", "", ""], /'\/dta' is not there: press Enter/, /- \/dta$/m],
  ["a home", ["~/data", "~/r", "", ""], /^/, /repository: \/home\/me\/r$[^]*- \/home\/me\/data$/m],
  ["a wrong address", ["http://", "/data", "/srv/r", "", ""], /'http:\/\/' is no http address/, /- \/data$/m],
  [
    "a server of restic",
    ["/data", "http://nas:8000/", "rest:http://nas:8000/", "", ""],
    /by rest:/,
    /rest:http/,
  ],
  [
    "a file for backups",
    ["/data", "/data/x", "/srv/r", "", ""],
    /'\/data\/x' is a file/,
    /repository: \/srv\/r$/m,
  ],
  [
    "a repository for a time",
    ["/data", "/srv/r", "/srv/r", "3:30am", ""],
    /an example: 02:30/,
    /"30 3 \* \* \*"/,
  ],
  [
    "words for a time",
    ["/data", "/srv/r", "at night", "every day at 3am", ""],
    /example: 02:30/,
    /"0 3 \* \* \*"/,
  ],
  ["words for a policy", ["/data", "/srv/r", "", "all of it", "daily=3"], /example: daily=7/, /daily: 3\n$/],
];

for (const [what, answers, says, holds] of AGAIN) {
  test(`${what}: the same question again, and no other answer is lost`, async () => {
    const files = { "/data/x": "", "/home/me/data/x": "" };
    const count = answers.length;
    const { code, err, text, host } = await init([], {
      tty: true,
      answers,
      files,
      env: { HOME: "/home/me" },
    });
    assert.equal(code, 0, err);
    assert.equal(host.questions.length, count);
    assert.match(err, says);
    assert.match(text!, holds);
  });
}

test("a flag for a folder that is not there is said, and taken", async () => {
  const { code, err } = await init(["--path", "/nowhere", "--repository", "/srv/restic"]);
  assert.equal(code, 0);
  assert.match(err, /note: '\/nowhere' is not there/);
});

const REPOSITORY = { "/srv/restic/config": "x", "/srv/restic/keys/1": "x", "/srv/restic/data/00/1": "x" };

test("a repository that is there gets no new password: its file is asked for, until it is one", async () => {
  const answers = ["/home/me", "/srv/restic", "", "/nowhere", "/root/blank", "pw", "", ""];
  const files = { ...REPOSITORY, "/home/me/pw": "secret\n", "/root/blank": "\n" };
  const { code, err, out, text, read, host } = await init([], { tty: true, answers, files });
  assert.equal(code, 0, err);
  assert.match(
    host.questions[2]!,
    /There is a restic repository in \/srv\/restic already\. Which file holds its password/,
  );
  assert.match(err, /'\/nowhere' is not there[^]*'\/root\/blank' is empty/);
  assert.match(text!, /password_file: \/home\/me\/pw$/m);
  assert.doesNotMatch(text!, /init:/);
  assert.doesNotMatch(out, /without it nobody/);
  assert.equal(await read("/home/me/me-password"), undefined);
});

test("a repository that is there, without a terminal: its password is a flag, or nothing is written", async () => {
  const without = await init(RESTIC, { files: REPOSITORY });
  assert.deepEqual([without.code, without.text, await without.read("/home/me/home-password")], [
    2,
    undefined,
    undefined,
  ]);
  assert.match(
    without.err,
    /There is a restic repository in \/srv\/restic already: expected --password-file/,
  );
  const absent = await init([...RESTIC, "--password-file", "pw"], { files: REPOSITORY });
  assert.equal(absent.code, 2);
  assert.match(absent.err, /Cannot use 'pw' as --password-file: '\/home\/me\/pw' is not there/);
  const named = await init([...RESTIC, "--password-file", "pw"], {
    files: { ...REPOSITORY, "/home/me/pw": "p\n" },
  });
  assert.equal(named.code, 0, named.err);
  assert.match(named.text!, /password_file: pw$/m);
});

test("an empty password file is none", async () => {
  const { code, err, text } = await init(RESTIC, { files: { "/home/me/home-password": "\n" } });
  assert.deepEqual([code, text], [2, undefined]);
  assert.match(err, /'\/home\/me\/home-password' as the password of the repository: it is empty/);
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
  assert.match(out, /^# Every key[^]*\njobs:\n {2}- name: home\n[^]*\n {6}monthly: 6\n$/);
  assert.deepEqual([text, await read("/home/me/home-password")], [undefined, undefined]);
});

const REFUSED: [args: string[], code: number, says: RegExp][] = [
  [[], 2, /no terminal to ask on: expected --path or --url/],
  [["--path", "/home"], 2, /no terminal to ask on: expected --repository/],
  [["--url", "http://a/b", "--path", "/x"], 2, /expected one of the two kinds/],
  [[...RESTIC, "--at", "25:00"], 2, /'25:00' is no time of a day/],
  [[...RESTIC, "--at", "0 99 * * *"], 2, /Cannot use '0 99 \* \* \*' as --schedule: /],
  [["--url", "ftp://a/b"], 2, /Cannot use 'ftp:\/\/a\/b' as --path or --url: .*no http address/],
  [[...RESTIC, "--policy", "fortnightly=3"], 2, /Cannot use 'fortnightly=3' as --policy/],
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

test("another configuration of the machine has no say in a new one", async () => {
  const files = { [FILE]: "jobs: [", "/home/me/sub/x": "" };
  for (const env of [{}, { SCHELLY_CONFIG: "/nowhere.yaml" }] as Record<string, string>[]) {
    const { code, err } = await init([...RESTIC, "-o", "sub/new.yaml"], { files, env });
    assert.equal(code, 0, err);
  }
});
