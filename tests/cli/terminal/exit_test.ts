// What a refused configuration looks like: what has to be fixed before what is only said.

import assert from "node:assert/strict";
import { test } from "node:test";
import { EXIT, report } from "../../../src/cli/terminal/exit.ts";
import { ConfigError } from "../../../src/domain/errors.ts";
import { fakeHost } from "../../support/fake_host.ts";

test("the errors of a refused configuration stand before its notes", () => {
  const host = fakeHost();
  const issue = { file: "a.yaml", path: "" };
  const error = new ConfigError([
    { ...issue, severity: "note", message: "only said" },
    { ...issue, severity: "error", message: "to be fixed" },
  ]);
  assert.equal(report(error, host), EXIT.config);
  assert.match(host.err(), /: 1 error\n {2}a\.yaml: to be fixed\n {2}note: a\.yaml: only said\n/);
});
