// The outcome of an examination as JUnit XML, the form in which CI systems show tests.

import type { CheckOutcome, ConformanceReport } from "./conformance.ts";
import { cleanText } from "../protocol/protocol.ts";

/** One test case for each check, and one for what could not be cleaned up. */
export function toJunit(report: ConformanceReport): string {
  const left = report.left.map(({ id, run_id, why }) => `${id ?? "no id"} (run ${run_id}): ${why}`);
  const cleanup = left.length === 0
    ? `  <testcase classname="clean-up" name="clean-up" time="0"/>`
    : testcase("clean-up", "clean-up", 0, element("failure", "something may be left", left.join("\n")));
  const time = report.checks.reduce((sum, { duration_ms }) => sum + duration_ms, 0);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuite name="${escape(`schelly provider test ${report.url}`)}" timestamp="${report.started_at}" ` +
    `tests="${report.checks.length + 1}" failures="${report.failed + (left.length === 0 ? 0 : 1)}" ` +
    `skipped="${report.skipped}" errors="0" time="${time / 1000}">`,
    ...report.checks.map((check) => testcase(check.group, check.name, check.duration_ms, resultOf(check))),
    cleanup,
    "</testsuite>",
    "",
  ].join("\n");
}

function resultOf(check: CheckOutcome): string {
  if (check.status === "skipped") return `    <skipped message="${escape(check.detail)}"/>\n`;
  if (check.status === "pass") return "";
  const lines = [`clause: ${check.clause}`];
  if (check.sent !== undefined) lines.push(`sent: ${check.sent}`, `came back: ${check.received}`);
  lines.push(`mend: ${check.mend}`);
  return element("failure", check.detail, lines.join("\n"));
}

function testcase(group: string, name: string, ms: number, inner: string): string {
  const attributes = `classname="${escape(group)}" name="${escape(name)}" time="${ms / 1000}"`;
  return inner === "" ? `  <testcase ${attributes}/>` : `  <testcase ${attributes}>\n${inner}  </testcase>`;
}

function element(name: string, message: string, text: string): string {
  return `    <${name} message="${escape(message)}">${escape(text)}</${name}>\n`;
}

/** Marks that turn the direction of text: with them an answer could be read as something else than it is. */
const DIRECTION = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Also what XML cannot hold at all, such as control characters, is taken out, and what turns its direction. */
function escape(text: string): string {
  return cleanText(text, text.length).replace(/[\ufffe\uffff]/g, "").replace(DIRECTION, "").replaceAll(
    "&",
    "&amp;",
  ).replaceAll(
    "<",
    "&lt;",
  )
    .replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
