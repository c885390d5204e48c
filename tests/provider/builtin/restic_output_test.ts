// What restic says in its several versions, and what is read from it.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  lastWords,
  readLine,
  readSnapshots,
  saysRemoved,
  troubleOf,
} from "../../../src/provider/builtin/restic_output.ts";
import { withoutPassword } from "../../../src/provider/builtin/restic_program.ts";

test("readLine() reads the JSON lines of restic 0.14 and of later ones, and leaves the rest as text", () => {
  const table: [string, unknown][] = [
    ['{"message_type":"status","percent_done":0.425,"total_files":4,"files_done":1,"total_bytes":3000000}', {
      kind: "status",
      text: "42 % of 3 MB, 1 of 4 files",
    }],
    ['{"message_type":"status","percent_done":0}', { kind: "status", text: "0 %, 0 of ? files" }],
    [
      '{"message_type":"summary","files_new":1,"files_changed":0,"total_files_processed":2,"total_bytes_processed":30,"data_added":7,"snapshot_id":"1e3a528e"}',
      { kind: "summary", new: 1, changed: 0, files: 2, bytes: 30, added: 7, snapshotId: "1e3a528e" },
    ],
    [
      '{"message_type":"error","error":{"Op":"open","Path":"/p","Err":13},"during":"archival","item":"/p"}',
      { kind: "unreadable", item: "/p", why: "open" },
    ],
    [
      '{"message_type":"error","error":{"message":"lstat /p: permission denied"},"during":"scan","item":"/p"}',
      { kind: "unreadable", item: "/p", why: "lstat /p: permission denied" },
    ],
    ["/data/a b does not exist, skipping", { kind: "absent", item: "/data/a b" }],
    ['{"message_type":"exit_error","code":10,"message":"Fatal: no repository"}', {
      kind: "text",
      text: "Fatal: no repository",
    }],
    ["unable to open cache", { kind: "text", text: "unable to open cache" }],
    ['{"message_type":"something_new"}', { kind: "text", text: '{"message_type":"something_new"}' }],
    ["{broken", { kind: "text", text: "{broken" }],
  ];
  for (const [line, expected] of table) assert.deepEqual(readLine(line), expected, line);
});

test("troubleOf() knows troubles by exit code or by text, and takes no outage for a missing repository", () => {
  const table: [number, string, string][] = [
    [10, "", "no_repository"],
    [11, "", "locked"],
    [12, "", "wrong_password"],
    [
      1,
      "Fatal: unable to open config file: stat /r/config: no such file or directory\nIs there …",
      "no_repository",
    ],
    [1, "Fatal: unable to open config file: Stat: The specified key does not exist.", "no_repository"],
    [1, "Fatal: unable to open config file: <config/> does not exist", "no_repository"],
    [1, "Fatal: unable to open config file: unexpected HTTP response (404): 404 Not Found", "no_repository"],
    [1, "Fatal: wrong password or no key found", "wrong_password"],
    [1, "unable to create lock in backend: repository is already locked by PID 9838 on vm by root", "locked"],
    [1, "write /r/locks/01-tmp-1: no space left on device\nunable to create lock in backend", "other"],
    [
      1,
      "Fatal: unable to open config file: client.Head: dial tcp 127.0.0.1:1: connect: connection refused",
      "other",
    ],
    [1, "Fatal: unable to open config file: dial tcp: lookup backup: no such host", "other"],
    [1, "Fatal: unable to open config file: Stat: The specified bucket does not exist", "other"],
    [1, "Fatal: unable to open config file: stat /r/config: permission denied", "other"],
    [1, "Fatal: unable to open config file: unexpected HTTP response (401): 401 Unauthorized", "not_let_in"],
    [1, "Fatal: unable to open repository at s3:x/y: Stat: Access Denied.", "not_let_in"],
    [1, "can not read /a (403)\nFatal: unable to open config file: dial tcp: i/o timeout", "other"],
    [1, "Fatal: unable to save snapshot: no such file or directory", "other"],
  ];
  for (const [code, text, expected] of table) assert.equal(troubleOf(code, text), expected, text);
});

test("saysRemoved() takes the word of restic 0.14 and of later ones for this snapshot alone", () => {
  const id = "f16cb43bc94f59527d97f3f7a5f813fe95e08cb73b8ef6878c706e35afd5ad50";
  const table: [string, boolean][] = [
    ["removed <snapshot/f16cb43bc9>", true],
    [`removed snapshot/${id}`, true],
    ["removed <snapshot/e16cb43bc9>", false],
    ["removed <index/f16cb43bc9>", false],
    ["unable to remove <snapshot/f16cb43bc9> from the repository", false],
    [`Ignoring "${id}": no matching ID found for prefix "${id}"`, false],
    ["[0:00] 100.00%  1 / 1 files deleted", false],
    ["removed <snapshot/>", false],
  ];
  for (const [line, expected] of table) assert.equal(saysRemoved(line, id), expected, line);
});

test("lastWords() prefers what restic calls fatal", () => {
  assert.equal(lastWords("created cache\nFatal: it broke\n\nIs there a repository?\n"), "Fatal: it broke");
  assert.equal(lastWords("one\ntwo\n"), "two");
  assert.equal(lastWords('{"message_type":"exit_error","code":1,"message":"Fatal: json"}\n'), "Fatal: json");
  assert.equal(lastWords(""), "it gave no reason");
  assert.equal(
    lastWords("write /r/locks/01: no space left on device\nunable to create lock in backend\n"),
    "write /r/locks/01: no space left on device (unable to create lock in backend)",
  );
  const trace =
    "rest.(*Backend).Remove\n\tinternal/rest.go:399\nruntime.goexit\n\truntime/asm_amd64.s:1594\n";
  assert.equal(lastWords(`unable to remove\n\nserver response: 403\n${trace}`), "server response: 403");
});

test("readSnapshots() reads an empty repository's null and refuses what is not a list of snapshots", () => {
  assert.deepEqual(readSnapshots("null"), []);
  assert.deepEqual(readSnapshots("[]"), []);
  assert.deepEqual(
    readSnapshots(
      '[{"id":"1e3a528e7a","time":"2026-11-23T04:36:12.348127097Z","tags":["a"],"original":"0000000000"}]',
    ),
    [{
      id: "1e3a528e7a",
      time: Date.UTC(2026, 10, 23, 4, 36, 12, 348),
      tags: ["a"],
      original: "0000000000",
      bytes: undefined,
      host: undefined,
      paths: [],
      tree: undefined,
    }],
  );
  for (const text of ["", "{}", '[{"id":"x"}]', '[{"id":"1e3a528e7a","time":'] as const) {
    assert.throws(() => readSnapshots(text), `'${text}'`);
  }
});

test("withoutPassword() takes a password out of a repository's URL and leaves other places as they are", () => {
  assert.equal(withoutPassword("rest:https://user:geheim@host:8000/r"), "rest:https://user:***@host:8000/r");
  assert.equal(withoutPassword("/mnt/backup"), "/mnt/backup");
  assert.equal(withoutPassword("s3:https://s3.host/bucket:x"), "s3:https://s3.host/bucket:x");
  assert.equal(withoutPassword("sftp:user@host:/r"), "sftp:user@host:/r");
});

test("lastWords() are those of ssh or rclone where restic only knows that it lost them", () => {
  const lost =
    "Fatal: unable to open repository at sftp:u@h:/x: unable to start the sftp session, error: EOF";
  const said = (...lines: string[]) =>
    lastWords([...lines.map((line) => `subprocess ssh: ${line}`), lost].join("\n"));
  assert.equal(said("Host key verification failed."), "Host key verification failed.");
  assert.equal(
    said(
      "@@@@@@@",
      "@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @",
      "@@@@@@@",
      "Host key verification failed.",
    ),
    "the host's key has changed: Host key verification failed.",
  );
  assert.equal(said(), lost);
  assert.equal(lastWords("subprocess ssh: hello\nFatal: it broke"), "Fatal: it broke");
});
