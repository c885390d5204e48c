// A failure ends with the command that helps on, and a message that names one says no more.

import assert from "node:assert/strict";
import { test } from "node:test";
import { main } from "../../../src/cli/program.ts";
import { helpAfter, otherDoor } from "../../../src/cli/terminal/advice.ts";
import { fakeHost } from "../../support/fake_host.ts";

const CASES: [kind: "usage" | "not found", message: string, command: string, help: string][] = [
  ["usage", "Cannot delete nothing", "backups delete", "; see 'schelly backups delete --help'"],
  ["not found", "There is no job 'x'", "retention show", "; see 'schelly jobs list'"],
  ["not found", "There is no job 'x'", "backups list", "; see 'schelly jobs list'"],
  ["not found", "There is no backup 'x'", "backups show", "; see 'schelly backups list'"],
  ["not found", "There is no run 'x'", "runs show", "; see 'schelly runs list'"],
  ["not found", "There is no channel 'x'", "notify test", "; see 'schelly notify list'"],
  ["not found", "There is no copy", "state restore", ""],
  ["usage", "Cannot so: see `schelly plan --help`", "plan", ""],
  ["usage", "Cannot so: name it by --server", "plan", ""],
  ["usage", "Cannot so", "", ""],
];

test("helpAfter() names the help of a wrong command and the list of what is not there", () => {
  for (const [kind, message, command, help] of CASES) {
    const path = command === "" ? [] : command.split(" ");
    assert.equal(helpAfter(kind, message, path), help, `${command}: ${message}`);
  }
});

test("an error of the parser ends with the help of its command, whether that is declared alone or not", async () => {
  const said: [args: string, help: string][] = [
    ["bogus", "schelly --help"],
    ["jobs lst", "schelly jobs --help"],
    ["jobs pause", "schelly jobs pause --help"],
    ["retention eval", "schelly retention eval --help"],
    ["backups list --limit 0", "schelly backups list --help"],
  ];
  for (const [args, help] of said) {
    const host = fakeHost();
    assert.equal(await main(args.split(" "), host), 2, args);
    assert.ok(host.err().endsWith(`See '${help}'.\n`), host.err());
  }
});

test("otherDoor() says how a server whose door is taken is given another one", () => {
  const taken = (address: string, command: string) =>
    otherDoor(`Cannot listen on ${address}: another program listens there`, command.split(" "));
  assert.match(taken("[::1]:8080", "run"), /'schelly run --listen \[::1\]:8081', or server\.listen/);
  assert.match(taken("0.0.0.0:65535", "run"), /--listen 0\.0\.0\.0:65534'/);
  assert.match(taken("unix:/run/s.sock", "run"), /'schelly run --socket PATH', or server\.socket/);
  assert.equal(
    taken("127.0.0.1:7070", "provider serve restic"),
    ", for example with --listen 127.0.0.1:7071",
  );
  assert.equal(otherDoor("Cannot listen there", ["run"]), "");
});
