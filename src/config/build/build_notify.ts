// Channels and rules of notifications: who is told what, once all of it can be used.

import { parseDuration } from "../../domain/duration.ts";
import { isZone } from "../../domain/calendar/zone.ts";
import {
  matches,
  type NotifyRule,
  parseQuiet,
  REPEAT_DEFAULT_MS,
  USUAL_WORDS,
  usualRule,
} from "../../domain/notify/rule.ts";
import type { ChannelSpec, NotifyConfig } from "../../ports/notifier.ts";
import { type Path, valueAt } from "../document/tree.ts";
import { didYouMean } from "../values/nearest.ts";
import { checkShape } from "../schema/diagnostics.ts";
import { NAME_PATTERN } from "../schema/schema_leaves.ts";
import { ChannelSchema, type NotifySettings, type RuleSettings } from "../schema/schema_notify.ts";
import { buildChannel } from "./build_channel.ts";
import type { NotifyBuild } from "./notify_build.ts";

const NAME_WORDS = "expected lower case letters, digits, _ . -, at most 63, beginning with a letter or digit";

/** Everything about notifications; what is wrong is reported and left out. */
export function buildNotify(settings: NotifySettings, build: NotifyBuild): NotifyConfig {
  const channels: ChannelSpec[] = [];
  const written = settings.channels ?? {};
  for (const name of Object.keys(written)) {
    const path = ["notify", "channels", name];
    if (!NAME_PATTERN.test(name)) {
      build.report.add(path, { message: `'${name.slice(0, 80)}' is not a name: ${NAME_WORDS}`, atKey: true });
      continue;
    }
    const channel = checkShape(ChannelSchema, build.root, path, build.marks, build.report);
    const spec = channel === undefined ? undefined : buildChannel(name, channel, path, build);
    if (spec !== undefined) channels.push(spec);
  }
  const rules = (settings.rules ?? []).map((rule, index) =>
    buildRule(rule, ["notify", "rules", index], settings, build)
  );
  warnShadowed(rules, build.report);
  for (const [name, { type }] of Object.entries(written)) {
    if (rules.some(({ to }) => to.includes(name))) continue;
    rules.push(usualRule(name, type === "email" ? "weekly" : "never"));
  }
  return { name: settings.name ?? null, timezone: buildZone(settings, build), channels, rules };
}

/** Of the rules for a channel the first that names a job counts: what stands after one of all jobs is never reached. */
function warnShadowed(rules: readonly NotifyRule[], report: NotifyBuild["report"]): void {
  for (const [index, { to, on, digest }] of rules.entries()) {
    // A rule for a digest alone.
    if (digest !== "never" && on === USUAL_WORDS) continue;
    for (const [at, name] of to.entries()) {
      const first = rules.findIndex((rule) => rule.to.includes(name) && rule.jobs.includes("*"));
      if (first < 0 || first >= index) continue;
      report.add(["notify", "rules", index, "to", at], {
        message: `'${name}' is told by rules[${first}], which names all jobs: of this rule ${
          digest === "never" ? "nothing" : "the digest alone"
        } reaches it`,
        hint: `put this rule first, or give rules[${first}] 'jobs'`,
        severity: "warning",
      });
    }
  }
}

function buildZone({ timezone }: NotifySettings, build: NotifyBuild): string {
  const { report } = build;
  const zone = valueAt(build.root, ["defaults", "timezone"]) ?? build.timezone.name;
  if (timezone === undefined) return typeof zone === "string" && isZone(zone) ? zone : "UTC";
  if (isZone(timezone)) return timezone;
  const path = ["notify", "timezone"];
  report.add(path, {
    message: `${
      report.shown(path, timezone)
    } is not a time zone: expected an IANA name such as Europe/Berlin or UTC`,
    hint: didYouMean(timezone, Intl.supportedValuesOf("timeZone")) ?? "names are like Area/City",
  });
  return "UTC";
}

function buildRule(
  rule: RuleSettings,
  path: Path,
  { channels = {} }: NotifySettings,
  { report, jobs }: NotifyBuild,
): NotifyRule {
  for (const [index, name] of rule.to.entries()) {
    if (Object.hasOwn(channels, name)) continue;
    const known = Object.keys(channels);
    const hint = didYouMean(name, known);
    report.add([...path, "to", index], {
      message: `'${name}' is no channel: expected ${
        known.length === 0 ? "one that notify.channels declares" : `one of ${known.join(", ")}`
      }`,
      ...(hint === undefined ? {} : { hint }),
    });
  }
  for (const [index, glob] of (rule.jobs ?? []).entries()) {
    if (jobs.some(({ name }) => matches(glob, name))) continue;
    const at = [...path, "jobs", index];
    report.add(at, {
      message: `${report.shown(at, glob)} names no job of this configuration: nothing is told of it`,
      severity: "warning",
    });
  }
  const isMail = rule.to.every((name) => channels[name]?.type === "email");
  return {
    to: rule.to,
    on: rule.on ?? USUAL_WORDS,
    jobs: rule.jobs ?? ["*"],
    repeatMs: rule.repeat === undefined
      ? REPEAT_DEFAULT_MS
      : rule.repeat === "never"
      ? null
      : parseDuration(rule.repeat)!,
    quiet: buildQuiet(rule.quiet, [...path, "quiet"], report),
    digest: rule.digest ?? (isMail ? "weekly" : "never"),
  };
}

function buildQuiet(
  written: string | undefined,
  path: Path,
  report: NotifyBuild["report"],
): NotifyRule["quiet"] {
  if (written === undefined) return null;
  const quiet = parseQuiet(written);
  if (!("error" in quiet)) return quiet;
  report.add(path, { message: `${report.shown(path, written)} ${quiet.error}` });
  return null;
}
