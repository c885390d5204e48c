// Texts for everybody name commands: a page has links where it does the same, for those who may, and says the command beneath.
// Also tests told.tsx.

import assert from "node:assert/strict";
import { test } from "node:test";
import { judgeHealth } from "../../../src/domain/health.ts";
import type { HealthFacts } from "../../../src/domain/health_facts.ts";
import { guardRemedy, suspectRemedy } from "../../../src/domain/retention/guard.ts";
import { partsOf } from "../../../src/web/acts/command_ways.ts";
import { Remedy } from "../../../src/web/acts/told.tsx";
import { testFrame } from "../../support/test_web.ts";
import { unruly } from "../../support/unruly_html.ts";

const BACK = "/ui/jobs/db";

/** The text as the page has it: links in brackets, with where they lead. */
function shown(text: string, frame = testFrame()): string {
  return partsOf(text, frame, BACK).map((part) =>
    "words" in part
      ? part.words
      : part.way === null
      ? `<${part.command}>`
      : `[${part.way.words} ${part.way.href.replace(`&back=${encodeURIComponent(BACK)}`, "")}]`
  ).join("");
}

test("a command becomes the link that does the same, and one that no page does stays a command", () => {
  const cases: [string, string][] = [
    ["'schelly jobs resume db' ends that", "[Resume /ui/acts/resume?of=db] ends that"],
    [
      "then 'schelly jobs trigger db'; 'schelly jobs check db' asks",
      "then [Run now /ui/acts/run?of=db]; <schelly jobs check db> asks",
    ],
    [
      guardRemedy("db", "too_many", "8 of 10"),
      "see [Deletions /ui/deletions?job=db], then answer it with [Approve the deletions /ui/acts/approve?of=db]",
    ],
    [
      suspectRemedy("b/1", "0 bytes"),
      "look at it ([its page /ui/backups/b%2F1]), then [Accept /ui/acts/accept?of=b%2F1] or [Reject /ui/acts/reject?of=b%2F1]",
    ],
    ["'schelly backups accept b1 --damaged'", "[Accept although damaged /ui/acts/accept_damaged?of=b1]"],
    [
      "see 'schelly runs list --job db --status missing'",
      "see [the activity of db /ui/activity?end=bad&job=db]",
    ],
    ["see 'schelly runs list --status running'", "see [Activity /ui/activity?end=open]"],
    ["'schelly runs list --status odd'", "<schelly runs list --status odd>"],
    ["see 'schelly events --type provider.upkeep'", "see [the events /ui/activity?view=events]"],
    [
      "fix that, then 'schelly reload'",
      "fix that, then [Reload the configuration /ui/acts/reload?back=%2Fui%2Fjobs%2Fdb]",
    ],
    ["`schelly backups hold b1 --reason …` keeps it", "[Hold /ui/acts/hold?of=b1] keeps it"],
    ["with 'schelly clock trust'", "with [Trust the clock /ui/acts/trust?back=%2Fui%2Fjobs%2Fdb]"],
    ["see `schelly status`.", "see [Overview /ui/]."],
    ["'schelly backups verify ID' proves one by hand", "<schelly backups verify ID> proves one by hand"],
    [
      "('schelly runs list --job JOB' leads to its output)",
      "(<schelly runs list --job JOB> leads to its output)",
    ],
    ["'schelly backups delete --job db --all'", "<schelly backups delete --job db --all>"],
    ["nothing to do", "nothing to do"],
    ["don't 'x' it", "don't 'x' it"],
  ];
  for (const [text, wanted] of cases) assert.equal(shown(text), wanted);
});

test("who may not do it is told the command, and not led to a refusal", () => {
  const frame = testFrame({ may: (endpoint) => endpoint.startsWith("GET ") });
  assert.equal(
    shown("answer it with 'schelly retention approve db'", frame),
    "answer it with <schelly retention approve db>",
  );
});

test("a remedy ends as a sentence, with the commands that its links stand for once beneath", () => {
  const page = String(
    Remedy({
      frame: testFrame(),
      text: "then 'schelly jobs trigger db' or 'schelly jobs trigger db'",
      back: BACK,
    }),
  );
  assert.match(page, /Then <a [^>]*>Run now<\/a> or <a [^>]*>Run now<\/a>\./);
  assert.equal(page.split("<code>schelly jobs trigger db</code>").length, 2);
  const none = String(Remedy({ frame: testFrame(), text: "make room", back: BACK }));
  assert.ok(!none.includes("In a terminal"), none);
  assert.deepEqual(
    unruly(String(Remedy({ frame: testFrame(), text: `'schelly backups accept "><b>'`, back: BACK }))),
    [],
  );
});

test("what health says to do leads somewhere wherever a page does it", () => {
  const facts = {
    job: "db",
    managed: true,
    enabled: true,
    from: null,
    to: null,
    storeTrouble: null,
    providerTrouble: null,
  };
  const paused = judgeHealth({ ...facts, pause: { since: 1, until: null, reason: null } } as HealthFacts);
  assert.equal(shown(paused.remedy!), "[Resume /ui/acts/resume?of=db] ends that");
});
