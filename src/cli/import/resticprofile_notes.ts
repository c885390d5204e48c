// What is said of keys of resticprofile that have no counterpart here, so that none is left out without a word.

import type { Notes } from "./imported.ts";
import { BACKUP_KEYS, PROFILE_KEYS, type RestProfile } from "./resticprofile_schema.ts";

/** Without these something that resticprofile did is not done. */
const LOST: Readonly<Record<string, string>> = {
  copy: "nothing is copied: add a job with copy_from, see docs/providers.md",
  "repository-file": "write what it holds as repository",
  stdin: "what comes from a command is a job of its own: see deploy/examples",
  "stdin-command": "what comes from a command is a job of its own: see deploy/examples",
  "source-relative": "paths are whole in a snapshot",
  "insecure-tls": "add it to extra_backup_args; better give the system the certificate",
  "files-from": "write its paths as paths",
  "send-before": "no request is sent: give the job a ping, or notify a channel",
  "send-after": "no request is sent: give the job a ping, or notify a channel",
  "send-after-fail": "no request is sent: give the job a ping, or notify a channel",
  "send-finally": "no request is sent: give the job a ping, or notify a channel",
};

const CHANGED: Readonly<Record<string, string>> = {
  lock: "not needed: one backup of a provider runs at a time",
  "force-inactive-lock": "not needed: a stale lock is found and named",
  "status-file": "not needed: `schelly status`, the metrics and the page say it",
  "prometheus-push": "not needed: /metrics is scraped",
  "prometheus-save-to-file": "not needed: /metrics is scraped",
  "check-before": "a check runs on a schedule of its own",
  "check-after": "a check runs on a schedule of its own",
  "skip-if-unchanged": "each slot makes a snapshot, also where nothing changed",
  snapshots: "see `schelly backups list`",
  "cache-dir": "set RESTIC_CACHE_DIR in env of the provider",
  init: "a repository is made by init: true",
};

/** About how resticprofile itself runs or speaks. */
const OWN =
  /^(?:verbose|quiet|json|no-ansi|theme|stream-error|systemd-.*|schedule-.*|extended-status|description|priority|ionice.*|nice|no-cache|cleanup-cache|run-shell|shell|inherit|mount|ls|find|stats|tag|unlock|cache|dump|key|list|diff|restore|rewrite|monitor|background)$/;

/** One note for each key that is set and not read elsewhere. */
export function noteProfile(name: string, profile: RestProfile, notes: Notes): void {
  const rest = [
    ...Object.keys(profile).filter((key) => !PROFILE_KEYS.has(key)).map((key) => [key, key]),
    ...Object.keys(profile.backup).filter((key) => !BACKUP_KEYS.has(key)).map((
      key,
    ) => [key, `backup.${key}`]),
  ];
  const own: string[] = [];
  for (const [key, path] of rest as [string, string][]) {
    const about = `${name}: ${path}`;
    if (Object.hasOwn(LOST, key)) notes.lost(about, LOST[key]!);
    else if (Object.hasOwn(CHANGED, key)) notes.changed(about, CHANGED[key]!);
    else if (OWN.test(key)) own.push(path);
    else notes.lost(about, "not taken over: no such key of resticprofile is known here");
  }
  if (own.length > 0) {
    notes.changed(`${name}: ${own.join(", ")}`, "not needed: about how resticprofile runs and speaks");
  }
}
