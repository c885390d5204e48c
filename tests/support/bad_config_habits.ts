// Mistakes of people who know another program, or who write YAML in a hurry: what each is answered stands in
// docs/bad_config.md.

import type { BadInput } from "./bad_input.ts";

const GOOD = `jobs:\n  - name: a\n    provider: { url: "http://p/b" }\n`;
const job = (line: string) => `${GOOD}    ${line}\n`;
const restic = (keys: string) =>
  `jobs:\n  - name: home\n    schedule: "0 3 * * *"\n    provider:\n      restic: { ${keys} }\n`;

/** Those of the words of others, of schedules, of YAML, and of providers. */
export const HABITS: BadInput[] = [
  { name: "a no-break space", text: job("timezone:\u00a0UTC"), shown: `${GOOD}    timezone:<U+00A0>UTC` },
  { name: "a dash without its space", text: `jobs:\n  -name: a\n    provider: x\n` },
  { name: "a list item in the wrong column", text: `jobs:\n  - name: a\n   provider: x\n` },
  { name: "a colon without its space", text: job("timezone:UTC") },
  { name: "a quote that is not closed", text: job('schedule: "0 3 * * *') },
  { name: "@daily without quotes", text: job("schedule: @daily") },
  { name: "a colon in a text", text: job("schedule: at: 3") },
  { name: "jobs by their names", text: `jobs:\n  a: { provider: { url: "http://p/b" } }\n` },
  { name: "one job that is no list", text: `jobs:\n  name: a\n  provider: { url: "http://p/b" }\n` },
  { name: "a key of a job at the top", text: `${GOOD}schedule: "0 3 * * *"\n` },
  { name: "keep_daily", text: job("retention: { keep_daily: 7, keep-weekly: 4 }") },
  { name: "days to keep", text: job("retention: { days: 30 }") },
  { name: "retention as a number", text: job("retention: 7") },
  { name: "retention as a time", text: job("retention: 30d") },
  { name: "a cron key", text: job('cron: "0 3 * * *"') },
  { name: "hooks at the job", text: job("pre: [mount, /mnt]") },
  { name: "repository at the job", text: job("repository: /srv/restic") },
  { name: "systemd's OnCalendar", text: job('schedule: "Mon..Fri 02:30"') },
  { name: "a time of day", text: job('schedule: "02:30"') },
  { name: "EventBridge", text: job('schedule: "rate(1 day)"') },
  { name: "@every", text: job('schedule: "@every 1h"') },
  { name: "Quartz", text: job('schedule: "0 0 3 ? * 2-6 *"'), accepted: "with a warning" },
  { name: "a random minute", text: job('schedule: "~ 3 * * *"') },
  { name: "an hour 24", text: job('schedule: "0 24 * * *"') },
  { name: "a zone by its letters", text: job("timezone: CEST") },
  { name: "a zone by its offset", text: job('timezone: "+02:00"') },
  { name: "a time in words", text: job("grace_time: 2 hours") },
  { name: "yes for true", text: job("enabled: yes") },
  { name: "a name with a space", text: GOOD.replace("name: a", "name: My Backup") },
  { name: "two jobs of one name", text: `${GOOD}  - name: a\n    provider: { url: "http://p/c" }\n` },
  { name: "no provider", text: "jobs:\n  - name: a\n" },
  {
    name: "a provider that is not declared",
    text: `providers: { nas: { url: "http://p/b" } }\n${GOOD.replace('{ url: "http://p/b" }', "nsa")}`,
  },
  {
    name: "a provider of two kinds",
    text: GOOD.replace('http://p/b"', 'http://p/b", restic: { repository: /r, password: x, paths: [/x] }'),
  },
  { name: "an address without its scheme", text: GOOD.replace("http://p/b", "nas:7070/backups") },
  { name: "restic without a password", text: restic("repository: /srv/restic, paths: [/home]") },
  { name: "restic without paths", text: restic("repository: /srv/restic, password: x") },
  { name: "one path that is no list", text: restic("repository: /srv/restic, password: x, paths: /home") },
  {
    name: "a repository inside of what is backed up",
    text: restic("repository: /home/backup, password: x, paths: [/home]"),
    accepted: "with a warning",
  },
  {
    name: "restic's own words",
    text: restic("repo: /srv/restic, password-file: pw, source: [/home], excludes: ['*.tmp']"),
  },
  {
    name: "a command as one text",
    text:
      `jobs:\n  - name: a\n    schedule: "0 3 * * *"\n    provider: { command: { create: "pg_dump app", delete: [rm] } }\n`,
  },
  {
    name: "a channel without a type",
    text: `notify: { channels: { phone: { url: "https://ntfy.sh/x" } } }\n${GOOD}`,
  },
  {
    name: "a rule for a channel that is not there",
    text:
      `notify: { channels: { phone: { type: ntfy, url: "https://ntfy.sh/x" } }, rules: [ { to: [phones] } ] }\n${GOOD}`,
  },
  {
    name: "a short token",
    text: `server: { auth: { tokens: [ { name: ops, role: admin, token: "1234" } ] } }\n${GOOD}`,
    accepted: "with a warning",
  },
  { name: "a port alone", text: `server: { port: 8080 }\n${GOOD}` },
  { name: "a listen without its port", text: `server: { listen: 0.0.0.0 }\n${GOOD}` },
];
