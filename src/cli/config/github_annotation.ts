// An issue of the configuration as a workflow command of GitHub's CI, which shows it at its line in a change.

import type { ConfigIssue } from "../../domain/errors.ts";

const WORDS = { error: "error", warning: "warning", note: "notice" } as const;

/** `::error file=schelly.yaml,line=4,col=5,title=jobs[0].shedule::unknown key …`, escaped as GitHub's runner reads it. */
export function githubAnnotation(issue: ConfigIssue): string {
  const { file, line, column, path, message, hint, severity } = issue;
  const properties = [
    // What is not in a file has no place in a change.
    ...(line === undefined ? [] : [["file", file], ["line", line], ["col", column ?? 1]]),
    ["title", path === "" ? "configuration" : path],
  ].map(([key, value]) => `${key}=${escapeProperty(String(value))}`);
  const position = line === undefined ? `${file}: ` : "";
  const text = `${position}${message}${hint === undefined ? "" : ` (${hint})`}`;
  return `::${WORDS[severity]} ${properties.join(",")}::${escapeText(text)}`;
}

function escapeText(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function escapeProperty(text: string): string {
  return escapeText(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
