// The plan as Markdown, fit for a comment on a pull request.

import { countBackups } from "../../domain/backup.ts";
import type { SettingChange } from "../../domain/settings_diff.ts";
import { arrow, days, type JobPlanView, type PlanView, summaryOf } from "../../domain/future/plan_view.ts";
import { clean } from "../../domain/steering.ts";

/** Renders the plan. */
export function planMarkdown(view: PlanView): string {
  const parts = ["### Schelly plan", summaryOf(view), ...conclusions(view)];
  if (view.jobs.length > 0) parts.push(table(view.jobs));
  for (const job of view.jobs) {
    if (job.settings.length > 0) parts.push(`**${code(job.job)}**\n${changeList(job.settings)}`);
  }
  if (view.besides !== null && view.besides.length > 0) {
    parts.push(`**Outside jobs**\n${changeList(view.besides)}`);
  }
  const notes = [
    ...view.jobs.flatMap(({ job, notes }) => notes.map((note) => `- ${code(job)}: ${plain(note)}`)),
    ...view.notes.map((note) => `- ${plain(note)}`),
  ];
  if (notes.length > 0) parts.push(`**To know**\n${notes.join("\n")}`);
  return `${parts.join("\n\n")}\n`;
}

function conclusions(view: PlanView): string[] {
  const lines = view.broken_promises.map((broken) =>
    `- ${broken.jobs.map(code).join(", ")}: promised ${
      plain(broken.promised)
    }; at ${broken.at} there would be ` +
    `${plain(broken.found)} (${
      code([broken.file, broken.line].filter((part) => part !== undefined).join(":"))
    })`
  );
  const over = `**Over budget**: ${
    countBackups(view.deletes_now)
  } would be deleted now, ${view.max_deletes} may be.`;
  return [
    ...(view.over_budget ? [over] : []),
    ...(lines.length > 0 ? [`**Broken promises**\n${lines.join("\n")}`] : []),
  ];
}

function table(jobs: readonly JobPlanView[]): string {
  const rows = jobs.map(({ job, former, change, backups }) => [
    former === null ? code(job) : `${code(job)} (was ${code(former)})`,
    change,
    backups === null ? "" : String(backups.count),
    ...(backups === null ? ["", "", ""] : [
      arrow(backups.deletes_now),
      arrow(backups.deletes_within_30_days),
      arrow(days(backups.oldest)),
    ].map((cell) => cell.replace("->", "→"))),
  ]);
  return [
    ["job", "change", "backups", "deleted now", "within 30 days", "oldest"],
    ["---", "---", "--:", "--:", "--:", "---"],
    ...rows,
  ].map((cells) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`).join("\n");
}

function changeList(changes: readonly SettingChange[]): string {
  return changes.map(({ key, old, new: value }) => {
    const text = old === null
      ? `set to ${code(value!)}`
      : value === null
      ? `${code(old)} → unset`
      : `${code(old)} → ${code(value)}`;
    return `- ${code(key)}: ${text}`;
  }).join("\n");
}

/** Text of others as it is: nothing in it is markup, whatever backticks it holds. */
function code(text: string): string {
  const longest = Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length));
  const fence = "`".repeat(longest + 1);
  const pad = longest > 0 ? " " : "";
  return `${fence}${pad}${clean(text).replace(/\s+/g, " ")}${pad}${fence}`;
}

function plain(text: string): string {
  return clean(text).replace(/[\\`*_[\]<>|]/g, "\\$&").replace(/\s+/g, " ");
}
