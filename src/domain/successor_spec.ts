// The backup specifications of the original's successor, which ran its work on Conductor, as a configuration of ours.

import { foldName } from "./folded_name.ts";
import { iso } from "./instant.ts";
import { formatLevelRule, type Level, LEVELS, parseLevelRule } from "./policy.ts";
import { parseSchedule } from "./schedule/schedule.ts";

/** One row of its table of specifications; its times are UTC ms. */
export interface SuccessorSpec {
  name: string;
  enabled: boolean;
  schedule: string;
  from: number | null;
  to: number | null;
  workerConfig: string | null;
  timeoutSeconds: number | null;
  /** Levels as it writes them: `4@L`. */
  retention: Partial<Record<Level, string>>;
}

/** The document that makes the same backups, with a comment for whatever could not be taken over as it was. */
export function successorConfig(specs: readonly SuccessorSpec[]): string {
  const names = new Map<string, number>();
  const jobs = specs.map((spec) => {
    const folded = foldName(spec.name);
    const count = (names.get(folded) ?? 0) + 1;
    names.set(folded, count);
    return jobOf(spec, count === 1 ? folded : `${folded}-${count}`);
  });
  return [
    "# Made from the specifications of backtor. Read it, and try it with `schelly validate config`.",
    "providers:",
    "  conductor:",
    "    conductor:",
    '      url: "${CONDUCTOR_API_URL:-http://conductor:8080/api}"',
    "      # persistence: sql   # where Conductor's database is PostgreSQL, MySQL or SQLite",
    "    max_concurrent: 4",
    ...(jobs.length === 0 ? ["jobs: []"] : ["jobs:", ...jobs.flat()]),
    "",
  ].join("\n");
}

function jobOf(spec: SuccessorSpec, name: string): string[] {
  const lines = [`  - name: ${name}`];
  const add = (line: string) => lines.push(`    ${line}`);
  if (!spec.enabled) add("enabled: false");
  if (spec.from !== null) add(`from: ${instant(spec.from)}`);
  if (spec.to !== null) add(`to: ${instant(spec.to)}`);
  const schedule = scheduleOf(spec.schedule);
  if ("pattern" in schedule) add(`schedule: ${quoted(schedule.pattern)}`);
  else add(`# schedule ${quoted(spec.schedule)}: ${schedule.error}; once a day instead`);
  if ("error" in schedule) add('schedule: "@daily"');
  add("provider:");
  add("  use: conductor");
  const body = [
    ...(name === spec.name ? [] : [`backupName: ${quoted(spec.name)}`]),
    ...(spec.workerConfig === null ? [] : [`workerConfig: ${quoted(spec.workerConfig)}`]),
    ...(spec.timeoutSeconds === null ? [] : [`timeoutSeconds: ${spec.timeoutSeconds}`]),
  ];
  if (body.length > 0) add(`  body: { ${body.join(", ")} }`);
  retentionOf(spec).forEach(add);
  return lines;
}

/** Its library reads five fields as second, minute, hour, day and month. */
function scheduleOf(written: string): { pattern: string } | { error: string } {
  const fields = written.trim().split(/\s+/);
  const pattern = fields.length === 5 ? [...fields, "*"].join(" ") : fields.join(" ");
  const parsed = parseSchedule(pattern, "UTC");
  return "error" in parsed ? { error: parsed.error } : { pattern };
}

function retentionOf({ retention }: SuccessorSpec): string[] {
  const kept: string[] = [];
  const odd: string[] = [];
  for (const level of LEVELS) {
    const written = retention[level];
    if (written === undefined || written.trim() === "") continue;
    const rule = parseLevelRule(level, written.trim());
    if ("error" in rule) odd.push(`# ${level} ${quoted(written)}: ${rule.error}; left out`);
    else if (rule.count > 0) kept.push(`${level}: ${formatLevelRule(level, rule)}`);
  }
  if (kept.length > 0) return [...odd, `retention: { ${kept.join(", ")} }`];
  return [
    ...odd,
    "retention: keep_all   # no level keeps anything: nothing is deleted until you say what may be",
  ];
}

/** In whole seconds. */
function instant(ms: number): string {
  return iso(ms).replace(/\.\d+/, "");
}

/** JSON is YAML too; what would be taken for a variable is told from one. */
function quoted(text: string): string {
  return JSON.stringify(text).replaceAll("${", () => "$${");
}
