// The four questions of `schelly init`, each answered by its flag or on the terminal: what the first job is to be.

import { resolvePath } from "../../domain/path.ts";
import { isZone } from "../../domain/calendar/zone.ts";
import { parseSchedule } from "../../domain/schedule/schedule.ts";
import type { Host } from "../../ports/host.ts";
import { EXIT, Failure } from "../terminal/exit.ts";
import { displayOf } from "../terminal/render.ts";
import { answerTo, type Judged } from "./ask.ts";
import { nameFor, readPolicy, readTime, USUAL_POLICY, USUAL_TIME } from "./first_answers.ts";
import { fromHome, isElsewhere, passwordFor } from "./first_repository.ts";
import type { FirstJob } from "./first_text.ts";
import { isUtc, machineZone } from "./zone_note.ts";

/** What flags may say instead. */
export interface FirstFlags {
  path?: string[];
  url?: string;
  repository?: string;
  passwordFile?: string;
  schedule?: string;
  /** The same. */
  at?: string;
  policy?: string;
  name?: string;
  timezone?: string;
}

type Source = { url: string } | { paths: string[] };

/** What flags do not say is asked. `file`: where it is to be written. */
export async function firstJob(flags: FirstFlags, file: string, host: Host): Promise<FirstJob> {
  if (flags.url !== undefined && (flags.path ?? flags.repository) !== undefined) {
    throw new Failure(
      EXIT.usage,
      "--url stands beside --path or --repository: expected one of the two kinds",
    );
  }
  const source = await sourceOf(flags, host);
  const isUrl = "url" in source;
  const name = flags.name ?? nameFor(isUrl ? source.url : source.paths[0]!);
  const provider = isUrl
    ? { kind: "url" as const, url: source.url }
    : await resticOf(source.paths, name, flags, file, host);
  const zone = flags.timezone ?? await usualZone(host);
  const schedule = await scheduleOf(flags, zone, host);
  const policy = await answerTo(
    {
      words: "What is kept?",
      flag: "--policy",
      usual: USUAL_POLICY,
      example: USUAL_POLICY,
      judge: readPolicy,
    },
    flags.policy,
    host,
  );
  return { name, schedule, policy, ...(zone === undefined ? {} : { timezone: zone }), provider };
}

async function sourceOf({ path, url }: FirstFlags, host: Host): Promise<Source> {
  if (path !== undefined) {
    const judged = await Promise.all(path.map((one) => judgePath(one, host)));
    for (const { doubt } of judged) if (doubt !== undefined) displayOf(host).note(`note: ${doubt}`);
    return { paths: judged.map(({ value }) => value) };
  }
  return await answerTo<Source>(
    {
      words: "What is to be backed up? A folder, or the http address of a provider",
      flag: "--path or --url",
      example: "/home",
      judge: async (answer) => {
        if (answer === url || /^[a-z][a-z0-9+.-]*:\/\//i.test(answer)) return judgeUrl(answer);
        const { value, doubt } = await judgePath(fromHome(answer, host), host);
        return { value: { paths: [value] }, ...(doubt === undefined ? {} : { doubt }) };
      },
    },
    url,
    host,
  );
}

function judgeUrl(url: string): Judged<Source> {
  return URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)
    ? { value: { url } }
    : { error: `'${url}' is no http address: expected one such as http://host:7070/backups` };
}

async function judgePath(text: string, { files }: Host): Promise<{ value: string; doubt?: string }> {
  const value = resolvePath(files.workingFolder(), text);
  // What this user may not look at can be there.
  const info = await files.info(value).catch(() => null);
  return info === undefined ? { value, doubt: `'${value}' is not there` } : { value };
}

async function resticOf(
  paths: string[],
  name: string,
  flags: FirstFlags,
  file: string,
  host: Host,
): Promise<FirstJob["provider"]> {
  const { files } = host;
  const repository = await answerTo<string>(
    {
      words: "Where do backups go? A folder elsewhere, or as restic -r takes it",
      flag: "--repository",
      example: "/mnt/backup/restic",
      judge: async (answer) => {
        if (/^https?:\/\//i.test(answer)) {
          return { error: `restic reaches its server by rest:, as in rest:${answer}` };
        }
        if (isElsewhere(answer) || answer.startsWith("local:")) return { value: answer };
        const value = resolvePath(files.workingFolder(), fromHome(answer, host));
        const info = await files.info(value).catch(() => undefined);
        return info?.isFile ? { error: `'${value}' is a file: expected a folder, or none yet` } : { value };
      },
    },
    flags.repository,
    host,
  );
  const password = await passwordFor(
    repository,
    { flag: flags.passwordFile, usual: `${name}-password`, file },
    host,
  );
  return { kind: "restic", paths, repository, passwordFile: password.written, isNew: password.isNew };
}

async function scheduleOf(flags: FirstFlags, zone: string | undefined, host: Host): Promise<string> {
  const where = zone ?? "UTC";
  return await answerTo(
    {
      words: `When? A time of each day (in ${where}), or a cron pattern`,
      flag: "--schedule",
      usual: USUAL_TIME,
      example: "02:30",
      judge: (answer) => {
        const read = readTime(answer);
        // What is no zone is said with all else that the configuration finds.
        if ("error" in read || !isZone(where)) return read;
        const parsed = parseSchedule(read.value, where, host.clock.now());
        return "schedule" in parsed
          ? read
          : { error: parsed.error.replace(/^Cannot read '.*' as a schedule: /, "") };
      },
    },
    flags.schedule ?? flags.at,
    host,
  );
}

/** The zone that people here mean by a time of the day: that of TZ, else of the machine's clock; undefined: UTC. */
async function usualZone(host: Host): Promise<string | undefined> {
  const zone = host.env.TZ || await machineZone(host);
  return zone !== undefined && isZone(zone) && !isUtc(zone) ? zone : undefined;
}
