// Where pings go: the signal ends the path, the run stands in the query.

import assert from "node:assert/strict";
import { test } from "node:test";
import { checkUrl, pingUrl } from "../../src/domain/ping.ts";

const RUN = "01932f3e-7c00-7000-8000-000000000001";

test("the signal ends the path, the run stands beside what the query says already", () => {
  assert.equal(pingUrl("https://hc-ping.com/U", "success", RUN), `https://hc-ping.com/U?rid=${RUN}`);
  assert.equal(pingUrl("https://hc-ping.com/U/", "start", RUN), `https://hc-ping.com/U/start?rid=${RUN}`);
  assert.equal(
    pingUrl("https://hc-ping.com/K/a-job?create=1", "fail", RUN),
    `https://hc-ping.com/K/a-job/fail?create=1&rid=${RUN}`,
  );
  assert.equal(pingUrl("https://h/U", "success"), "https://h/U");
  assert.equal(
    checkUrl("https://hc-ping.com/K/{job}?create=1", "db.eu"),
    "https://hc-ping.com/K/db-eu?create=1",
  );
});
