// A provider with hosts is one provider a host, and a job on all of them one job a host.
// Also tests choose_host.ts, provider_hosts.ts, host_place.ts and schema_hosts.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { issuesOf, load, type LoadOptions, notesOf } from "../../support/load_text.ts";

const PLACE = "https://{host}:7070/b";

/** A provider with these hosts in line 2, and jobs from line 4 on. */
function fleet(hosts: string, jobs: string, url = PLACE, more = ""): string {
  return `providers:\n  nas: { url: "${url}", hosts: ${hosts}${more} }\njobs:\n${jobs}\n`;
}

const job = (name: string, provider: string, more = "") =>
  `  - { name: ${name}, schedule: "0 3 * * *", provider: ${provider}${more} }`;
const ALL = job("files", "{ use: nas, host: all }");

/** The jobs and what is their provider's. */
async function jobsOf(text: string, options: LoadOptions = {}): Promise<string[]> {
  const { jobs, providers } = await load(text, options);
  return jobs.map(({ name, renamedFrom, providerKeys }) => {
    const spec = providers.get(providerKeys[0]!)!;
    assert.ok(spec.kind === "http");
    return [name, renamedFrom ?? "-", spec.url, ...providerKeys].join(" ");
  });
}

test("a job on all hosts becomes one job a host, each with a provider of its own", async () => {
  const hosts = '[web-1, { name: db, address: "[2001:DB8::6]" }, { name: lab, address: Lab.example.org }]';
  const text = fleet(hosts, [ALL, job("dump", "{ use: nas, host: db }")].join("\n"));
  assert.deepEqual(await jobsOf(text), [
    "files.web-1 - https://web-1:7070/b nas@web-1 https://web-1:7070/b",
    "files.db - https://[2001:db8::6]:7070/b nas@db https://[2001:db8::6]:7070/b",
    "files.lab - https://lab.example.org:7070/b nas@lab https://lab.example.org:7070/b",
    "dump - https://[2001:db8::6]:7070/b nas@db https://[2001:db8::6]:7070/b",
  ]);
  assert.deepEqual(await notesOf(text), []);
  // The place may be within the path, and the port belong to the host.
  const gateway = fleet('[a, { name: b, address: "b:71" }]', ALL, "http://gate/{host}/b");
  assert.deepEqual((await jobsOf(gateway)).map((one) => one.split(" ")[2]), [
    "http://gate/a/b",
    "http://gate/b:71/b",
  ]);
});

test("a job of the defaults' provider is spread too, and a variable is no place for a host", async () => {
  const text = `providers: { nas: { url: "https://{host}.\${host}/b", hosts: [a, b] } }\n` +
    `defaults: { provider: { use: nas, host: all } }\njobs: [{ name: x }, { name: y, provider: { use: nas, host: b } }]\n`;
  const env = { host: "example.org" };
  assert.deepEqual((await jobsOf(text, { env })).map((one) => one.split(" ").slice(0, 3).join(" ")), [
    "x.a - https://a.example.org/b",
    "x.b - https://b.example.org/b",
    "y - https://b.example.org/b",
  ]);
  const { providers } = await load(text, { env });
  const spec = providers.get("nas@a")!;
  assert.ok(spec.kind === "http");
  assert.deepEqual([spec.host, spec.shownUrl], ["a", "https://a.${host}/b"]);
});

test("what was renamed stays its own, a host as well as a job", async () => {
  const hosts = '[{ name: web-9, renamed_from: web-1, formerly: ["http://old/b"] }, db]';
  assert.deepEqual(await jobsOf(fleet(hosts, ALL, "http://{host}/b", ', formerly: ["was@{host}"]')), [
    "files.web-9 files.web-1 http://web-9/b nas@web-9 http://old/b http://web-9/b nas@web-1 was@web-9",
    "files.db - http://db/b nas@db http://db/b was@db",
  ]);
  const renamed = job("files", "{ use: nas, host: all }", ", renamed_from: home");
  assert.deepEqual((await jobsOf(fleet("[a, b]", renamed))).map((one) => one.split(" ")[1]), [
    "home.a",
    "home.b",
  ]);
});

test("config shows each job under its own name, and where it was written", async () => {
  const { effective, promisePosition } = await load(
    fleet("[a, b]", job("files", "{ use: nas, host: all }", ", expect: [{ max_gap: 26h, within: 30d }]")),
  );
  const rows = effective.filter(({ path }) => /^providers\.nas\.(url|hosts)|name$|provider\./.test(path));
  assert.deepEqual(rows.map(({ path, value, source }) => `${path} = ${value}  # ${source}`), [
    `providers.nas.url = "${PLACE}"  # schelly.yaml:2`,
    "providers.nas.hosts = [ a, b ]  # schelly.yaml:2",
    "jobs.files.a.name = files.a  # schelly.yaml:4",
    "jobs.files.a.provider.use = nas  # schelly.yaml:4",
    "jobs.files.a.provider.host = a  # schelly.yaml:4",
    "jobs.files.b.name = files.b  # schelly.yaml:4",
    "jobs.files.b.provider.use = nas  # schelly.yaml:4",
    "jobs.files.b.provider.host = b  # schelly.yaml:4",
  ]);
  assert.deepEqual(promisePosition("files.b", 0), {
    file: "schelly.yaml",
    line: 4,
    column: 87,
    path: "jobs[0].expect[0]",
  });
});

const LONG = "h".repeat(60);

/** What is written, and the one issue that is told; it ends where the table's text ends. */
const TABLE: [what: string, text: string, issue: string][] = [
  [
    "no place in the url",
    fleet("[a]", ALL, "https://a/b"),
    "2:15: providers.nas.url: 'https://a/b' has no {host}: expected it where the hosts differ, such as https://{host}",
  ],
  [
    "a place and no hosts",
    `providers:\n  nas: { url: "${PLACE}" }\njobs:\n${job("a", "nas")}\n`,
    `2:15: providers.nas.url: '${PLACE}' has {host}, and there are no hosts: expected their names beside it, such as hosts: [web-1, web-2]`,
  ],
  [
    "a place in a job",
    `jobs:\n${job("a", `{ url: "${PLACE}" }`)}\n`,
    "2:56: jobs[0].provider.url: 'https://{host}:7070/b' has {host}, and there are no hosts: expected their names beside " +
    "it, such as hosts: [web-1, web-2] (hosts belong to an entry of providers)",
  ],
  [
    "hosts of a built-in",
    `providers:\n  nas: { restic: { repository: /r, paths: [/d] }, hosts: [a] }\njobs:\n${ALL}\n`,
    "2:51: providers.nas.hosts: go with a url only",
  ],
  ["no host", fleet("[]", ALL), "2:47: providers.nas.hosts: a list is empty: expected the name of each host"],
  [
    "a host twice",
    fleet("[a, b, a]", ALL),
    "2:54: providers.nas.hosts[2]: the host 'a' stands here twice, first at schelly.yaml:2: expected it once",
  ],
  [
    "a host in capitals",
    fleet("[web-1, Web-1]", ALL),
    "2:55: providers.nas.hosts[1]: 'Web-1' is not the name of a host: expected lower case letters, digits, _ . -, at " +
    "most 63, beginning with a letter or digit",
  ],
  [
    "a host with its port",
    fleet('["web:7071"]', ALL),
    "2:48: providers.nas.hosts[0]: 'web:7071' is not the name of a host: expected lower case letters, digits, _ . -, at " +
    "most 63, beginning with a letter or digit; where it is reached stands beside that: " +
    '{ name: …, address: "web:7071" }',
  ],
  [
    "an IPv6 address",
    fleet('["2001:db8::1"]', ALL),
    "2:48: providers.nas.hosts[0]: '2001:db8::1' is not the name of a host: expected lower case letters, digits, _ . -, " +
    "at most 63, beginning with a letter or digit; where it is reached stands beside that: " +
    '{ name: …, address: "[2001:db8::1]" }',
  ],
  [
    "an IPv6 address without brackets",
    fleet('[{ name: a, address: "2001:db8::1" }]', ALL),
    "2:68: providers.nas.hosts[0].address: '2001:db8::1' is an IPv6 address without brackets: expected \"[2001:db8::1]\"",
  ],
  [
    "an address that leads elsewhere",
    fleet('[{ name: a, address: "evil/x?" }]', ALL),
    "2:68: providers.nas.hosts[0].address: 'evil/x?' is not an address: expected a name or an IP address, IPv6 in " +
    "brackets, with :PORT or without",
  ],
  [
    "two ports",
    fleet('[{ name: a, address: "a:71" }]', ALL),
    "2:48: providers.nas.hosts[0]: with the host 'a' the url is none: 'https://a:71:7070/b' is not a valid URL: " +
    "expected http://host:port/path",
  ],
  [
    "two hosts at one place",
    fleet("[{ name: a, address: A.example.org. }, a.example.org]", ALL),
    "2:86: providers.nas.hosts[1]: the host 'a.example.org' is reached where 'a' is (schelly.yaml:2): expected a machine " +
    "of its own",
  ],
  [
    "one address written twice",
    fleet('[{ name: a, address: "[::0001]" }, { name: b, address: "[::1]" }]', ALL),
    "2:82: providers.nas.hosts[1]: the host 'b' is reached where 'a' is (schelly.yaml:2): expected a machine of its own",
  ],
  [
    "a host called all",
    fleet("[all]", ALL),
    "2:48: providers.nas.hosts[0]: 'all' means every host: expected another name",
  ],
  [
    "an earlier name that is there",
    fleet("[a, { name: b, renamed_from: a }]", ALL),
    "2:76: providers.nas.hosts[1].renamed_from: 'a' is a host of this list: expected a name that none of them has (two " +
    "hosts cannot take over the same backups)",
  ],
  [
    "two earlier names at once",
    fleet("[{ name: b, renamed_from: a }]", job("x", "{ use: nas, host: all }", ", renamed_from: y")),
    "4:88: jobs[0].renamed_from: the host 'b' has an earlier name too (schelly.yaml:2): expected one of them at a time " +
    `(take out the one that is done; what the host's backups are known by stays in its formerly: ["nas@a"])`,
  ],
  [
    "an unknown host",
    fleet("[web-1, web-2]", job("x", "{ use: nas, host: web-3 }")),
    "4:67: jobs[0].provider.host: 'web-3' is not a host of providers.nas: expected all, or one of web-1, web-2 (did you " +
    "mean web-1?)",
  ],
  [
    "no host named",
    fleet("[web-1]", job("x", "nas")),
    "4:49: jobs[0].provider: providers.nas has hosts, and none is named: expected all, or one of web-1 (write { use: nas, " +
    "host: web-1 }, or host: all for a job on each)",
  ],
  [
    "a host of a provider without hosts",
    `providers:\n  nas: { url: "http://a/b" }\njobs:\n${ALL}\n`,
    "4:65: jobs[0].provider.host: 'all' cannot be chosen: providers.nas has no hosts",
  ],
  [
    "the key of a host in the place of its name",
    fleet("[web-1]", job("x", "nas@web-1")),
    "4:49: jobs[0].provider: 'nas@web-1' is not an entry of providers: expected one of nas (write { use: nas, host: web-1 })",
  ],
  [
    "a host without a provider's name",
    `jobs:\n${job("x", '{ url: "http://a/b", host: b }')}\n`,
    "2:76: jobs[0].provider.host: goes with use only: expected the name of a provider with hosts",
  ],
  [
    "a job of the name of one on a host",
    fleet("[a, b]", [job("files.b", "{ use: nas, host: a }"), ALL].join("\n")),
    "5:13: jobs[1].name: the name 'files.b' is taken by the job at schelly.yaml:4: expected another one",
  ],
  [
    "two jobs that are spread to one name",
    `providers:\n  nas: { url: "${PLACE}", hosts: [b.c] }\n  two: { url: "http://{host}/b", hosts: [c] }\njobs:\n` +
    `${job("a", "{ use: nas, host: all }")}\n${job("a.b", "{ use: two, host: all }")}\n`,
    "6:13: jobs[1].name: the name 'a.b.c' is taken by the job at schelly.yaml:5: expected another one",
  ],
  [
    "a job and one on all hosts of one name",
    fleet("[a]", [job("files", "{ use: nas, host: a }"), ALL].join("\n")),
    "5:13: jobs[1].name: the name 'files' is taken by the job at schelly.yaml:4: expected another one",
  ],
  [
    "a name that is too long with its host",
    fleet(`[a, ${LONG}]`, ALL),
    `4:13: jobs[0].name: on the host '${LONG}' the job is called 'files.${LONG}', which has 66 letters: expected at most ` +
    `63 (give the host a shorter name: { name: …, address: "${LONG}" })`,
  ],
  [
    "a mistake in a job on many hosts",
    fleet("[a, b, c]", job("files", "{ use: nas, host: all }", ", timezone: Nowhere")),
    "4:88: jobs[0].timezone: 'Nowhere' is not",
  ],
];

for (const [what, text, issue] of TABLE) {
  test(`loadConfig() refuses ${what}`, async () => {
    const [found, ...more] = await issuesOf(text);
    assert.deepEqual(more, []);
    assert.equal(found!.slice(0, `schelly.yaml:${issue}`.length), `schelly.yaml:${issue}`);
  });
}

test("two providers at the same hosts are told of once", async () => {
  const names = Array.from({ length: 300 }, (_, index) => `h${index}`).join(", ");
  const text = `providers:\n  one: { url: "http://{host}/b", hosts: [${names}] }\n` +
    `  two: { url: "http://{host}/b", hosts: [${names}] }\njobs:\n${job("x", "{ use: one, host: h1 }")}\n`;
  const notes = await notesOf(text);
  assert.equal(notes.length, 1);
  assert.match(
    notes[0]!,
    /^warning schelly\.yaml:3:42: providers\.two\.hosts\[0\]: calls the same service as/,
  );
});
