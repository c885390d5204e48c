// The keys of a provider: what it is (a URL, a built-in, a name), and how it is called.

import { z } from "zod";
import { argv, body, described, duration, flag, line, name, size, text, whole } from "./schema_leaves.ts";
import { HostsSchema } from "./schema_hosts.ts";

const second = duration(1, "1ms");

const timeout = z.strictObject({
  create: described(second, "Most time for one call that starts a backup", "60s").optional(),
  get: described(second, "Most time for one call that asks after a backup", "10s").optional(),
  delete: described(second, "Most time for one call that deletes a backup", "10m").optional(),
});

const headers = z.record(z.string(), z.string());
const filesOf = z.record(z.string(), line);
const environment = z.record(z.string(), z.string());

/** What a person wrote as one text, as a list. */
function noCommand(input: unknown): string {
  const words = typeof input === "string" && /^[\w./ =:@%+-]+$/.test(input) ? input.trim().split(/\s+/) : [];
  const list = words.length === 0 ? "a list of a program and its arguments" : `[${words.join(", ")}]`;
  return `is no command: expected ${list}, or { shell: … }`;
}
const shell = described(text, "One command line for bash, which ends at the first error (-euo pipefail)");

/** A program with its arguments, or a command line for those who ask for a shell in words. */
const program = z.union([argv, z.strictObject({ shell })], {
  error: ({ input }) => input === undefined ? undefined : noCommand(input),
});

const hookTimeout = described(second, "Ended after this", "2h").optional();
const hook = z.union([
  argv,
  z.strictObject({ argv: described(argv, "Program and arguments; no shell"), timeout: hookTimeout }),
  z.strictObject({ shell, timeout: hookTimeout }),
]);

const upkeep = {
  schedule: described(line, "When, as a job's schedule, in the time zone of defaults").optional(),
  after_deletions: described(whole(1, 1_000_000), "After so many deletions, once no backup runs").optional(),
};

const outcomeTimeout = described(second, "Ended after this", "10m").optional();
const outcomeEnv = {
  env: described(environment, "Environment variables of the command").optional(),
  env_file: described(filesOf, "The same, each read from a file: NAME: path").optional(),
};

/** A command of a job, which Schelly runs itself. */
export const JobHookSchema = z.union([
  z.literal("off"),
  argv,
  z.strictObject({
    argv: described(argv, "Program and arguments; no shell"),
    timeout: outcomeTimeout,
    ...outcomeEnv,
  }),
  z.strictObject({ shell, timeout: outcomeTimeout, ...outcomeEnv }),
]);

/** Keys of all built-ins. */
const builtin = {
  pre: described(hook, "Run before each backup; when it fails, the backup is not made").optional(),
  post: described(
    hook,
    "Run after each backup, also after a failed pre, a cancel or a crash; when it fails, the backup's message says so",
  ).optional(),
  on_success: described(hook, "Run once a backup is there, after post; when it fails, an event says so")
    .optional(),
  on_failure: described(hook, "The same after any other end: failed, cancelled, cut off").optional(),
  create_limit: described(second, "Most time for one backup; absent: no limit").optional(),
  env: described(environment, "Environment variables of the program").optional(),
  env_file: described(filesOf, "The same, each read from a file: NAME: path").optional(),
};

/** backy2 lists its versions in columns between bars, their tags between commas. */
const versionWord = line.regex(/^[^|,]*$/, {
  error: "has a | or a comma, by which backy2 separates its words",
});

const restic = z.strictObject({
  repository: described(
    line,
    "The repository, as restic -r takes it; a relative path belongs to this file's folder",
  ),
  password: described(text, "The repository's password; better: password_file").optional(),
  password_file: described(line, "File with the repository's password").optional(),
  paths: described(
    z.array(line).min(1, { error: "is empty: expected the files and folders to back up" }),
    "What is backed up, relative paths from this file's folder; needed unless copy_from stands here",
  ).optional(),
  copy_from: described(
    z.strictObject({
      repository: described(line, "The other repository, as restic -r takes it"),
      password: described(text, "Its password; better: password_file").optional(),
      password_file: described(line, "File with its password").optional(),
      job: described(line, "Copy the backups of this job alone; absent: all of Schelly's").optional(),
    }),
    "Copies the newest backup of another repository instead of reading files: restic copy",
  ).optional(),
  exclude: described(z.array(line), "Patterns that are left out").optional(),
  exclude_files: described(z.array(line), "Files that hold such patterns").optional(),
  exclude_if_present: described(
    z.array(line),
    "Folders with a file of this name are left out; name:text asks for its first text too",
  ).optional(),
  exclude_caches: described(flag, "Leave out folders marked with a CACHEDIR.TAG", false).optional(),
  tags: described(z.array(line), "Further tags of each snapshot").optional(),
  host: described(line, "Host name of the snapshots; absent: this machine's").optional(),
  one_file_system: described(flag, "Stay on the file system of each path", false).optional(),
  limit_upload: described(whole(1, 100_000_000), "Most KiB a second sent to the repository").optional(),
  limit_download: described(whole(1, 100_000_000), "Most KiB a second read from the repository").optional(),
  compression: described(z.enum(["auto", "off", "max"]), "Of what is added; absent: restic's choice")
    .optional(),
  read_concurrency: described(whole(1, 1_000), "Files read at the same time; restic 0.15 and later")
    .optional(),
  options: described(z.record(z.string(), line), "Extended options, restic -o: sftp.command and others")
    .optional(),
  lock_wait: described(second, "How long a backup waits for another restic's lock, or for a prune", "10m")
    .optional(),
  init: described(flag, "Make the repository when it is missing", false).optional(),
  prune: described(
    z.union([flag, z.literal("never"), z.strictObject(upkeep)]),
    "Free the space: true with each deletion; or by a schedule, or after some deletions; never; absent: weekly",
  ).optional(),
  check: described(
    z.union([
      z.literal("never"),
      z.strictObject({
        ...upkeep,
        read_data_subset: described(line, "How much of the data is read too: 5%, 2/10, 10G; absent: none")
          .optional(),
      }),
    ]),
    "Check the repository; a failed check shows in jobs check, /readyz?verbose and the metrics; never; absent: weekly",
  ).optional(),
  verify: described(
    z.strictObject({
      parts: described(
        whole(1, 10_000),
        "A check reads one of so many parts of the data, the next one each time",
        10,
      ).optional(),
      max_size: described(size, "A backup of more is not restored to be tested; absent: no limit").optional(),
      test: described(
        hook,
        "Run in the folder that a backup was restored into; exit code 0: it is of use; 1: it is not; any other says nothing",
      ).optional(),
    }),
    "How the verifications that a job asks for look at a backup",
  ).optional(),
  on_incomplete: described(
    z.enum(["fail", "accept"]),
    "What a backup is when some files could not be read",
    "fail",
  ).optional(),
  program: described(line, "The program", "restic").optional(),
  extra_backup_args: described(z.array(line), "Further arguments of restic backup").optional(),
  ...builtin,
});

const command = z.strictObject({
  create: described(program, "Makes a backup; exit code 0 means it is complete"),
  delete: described(program, "Deletes the backup SCHELLY_DATA_ID; exit code 3: it was not there"),
  get: described(program, "Looks for the backup SCHELLY_DATA_ID; exit code 3: it is not there").optional(),
  list: described(program, "Lists the backups that exist").optional(),
  restore: described(
    program,
    "Writes the backup SCHELLY_DATA_ID, or the paths of SCHELLY_INCLUDE, into the folder SCHELLY_TARGET; exit code 3: it has no such path",
  ).optional(),
  browse: described(
    program,
    "Lists the folder SCHELLY_PATH of the backup SCHELLY_DATA_ID; exit code 3: it has none such",
  ).optional(),
  verify: described(
    program,
    "Proves that the backup SCHELLY_DATA_ID can be restored, in the empty folder SCHELLY_SCRATCH; exit code 0: it can; " +
      "1: it is damaged; any other: nothing was found out",
  ).optional(),
  cwd: described(line, "Folder the programs run in; absent: the one Schelly was started in").optional(),
  ...builtin,
});

const backy2 = z.strictObject({
  source: described(line, "What is backed up: file:///… or rbd://pool/image@snapshot"),
  config_file: described(line, "backy2's own configuration, as backy2 -c takes it"),
  name: described(versionWord, "The name of its versions in backy2", "schelly").optional(),
  tags: described(z.array(versionWord), "Further tags of each version").optional(),
  init: described(flag, "Make the database when it is missing", false).optional(),
  cleanup: described(z.strictObject(upkeep), "Free what deleted versions held").optional(),
  program: described(line, "The program", "backy2").optional(),
  ...builtin,
});

/** What Conductor takes for a name without a second look, also in a path and in a query. */
const workflowName = line.regex(/^[A-Za-z0-9_.-]{1,200}$/, {
  error: "is no name of a workflow: expected letters, digits, _, . and -",
});

const conductor = z.strictObject({
  url: described(line, "Its API, such as http://conductor:8080/api"),
  ui_url: described(line, "Where its page is, for links; absent: the url without /api").optional(),
  persistence: described(
    z.literal("sql"),
    "Its database is PostgreSQL, MySQL or SQLite, which says at once what was started: then a lost answer is looked up " +
      "by our run id; absent: it may cost a second backup",
  ).optional(),
  create_workflow: described(workflowName, "The workflow that makes a backup", "create_backup").optional(),
  remove_workflow: described(workflowName, "The workflow that deletes one", "remove_backup").optional(),
  workflow_version: described(whole(1, 1_000_000), "Of both workflows; absent: the newest").optional(),
  backup_name: described(line, "Given to the workflows as backupName; absent: the name of the job")
    .optional(),
  worker_config: described(text, "Given to the workflows as workerConfig").optional(),
  worker_timeout: described(second, "Given to the workflows as timeoutSeconds").optional(),
  inputs: described(
    z.strictObject({
      backup_name: described(line, "Instead of this word", "backupName").optional(),
      data_id: described(line, "Instead of this word", "dataId").optional(),
      worker_config: described(line, "Instead of this word", "workerConfig").optional(),
      timeout_seconds: described(line, "Instead of this word", "timeoutSeconds").optional(),
    }),
    "What the workflows call their inputs",
  ).optional(),
  outputs: described(
    z.strictObject({
      data_id: described(line, "Instead of this word", "dataId").optional(),
      data_size_mb: described(line, "Instead of this word", "dataSizeMB").optional(),
    }),
    "What the workflow that makes a backup calls its outputs",
  ).optional(),
});

/** How any provider is called. */
const calls = {
  timeout: described(timeout, "Time limits of single calls").optional(),
  poll_interval: described(duration(100, "100ms"), "Time between two looks at a running backup", "5s")
    .optional(),
  max_concurrent: described(
    whole(1, 1_000),
    "Calls at the same time to a provider over HTTP, which answers 409 when it can begin no backup more, or to Conductor; " +
      "backups at the same time of any other kind; over all jobs",
    1,
  ).optional(),
  verify_before_delete: described(flag, "Look at each backup right before it is deleted", true).optional(),
  formerly: described(
    z.array(line),
    "Earlier names or URLs of this provider, so that its older backups stay managed",
  ).optional(),
};

/** What the calls carry. */
const bodies = {
  body: described(body, "JSON sent with create and delete calls").optional(),
  create_body: described(body, "JSON sent with create calls; wins over body").optional(),
  delete_body: described(body, "JSON sent with delete calls; wins over body").optional(),
};

const kinds = {
  url: described(line, "Base URL of a provider, such as http://schelly-restic:7070/backups").optional(),
  token: described(line, "Sent with every call to the url as `Authorization: Bearer …`; better: token_file")
    .optional(),
  token_file: described(
    line,
    "File with that token, the same that `provider serve --token-file` reads; {host} in it stands for the name of the host",
  ).optional(),
  headers: described(headers, "Sent with every call to the url, or to Conductor").optional(),
  headers_file: described(filesOf, "The same, each value read from a file: Name: path").optional(),
  ca_file: described(line, "Certificates (PEM) that sign the provider's, trusted beside the usual ones")
    .optional(),
  client_cert_file: described(line, "Certificate (PEM) that shows the provider who calls, over https")
    .optional(),
  client_key_file: described(line, "Its key (PEM), without a passphrase").optional(),
  restic: described(restic, "Schelly runs restic itself").optional(),
  command: described(command, "Schelly runs programs of yours").optional(),
  backy2: described(backy2, "Schelly runs backy2 itself").optional(),
  conductor: described(conductor, "Workers of a Conductor server make and delete").optional(),
};

/** An entry of `providers`. */
export const ProviderSchema = z.strictObject({
  hosts: described(
    HostsSchema,
    "Machines that each have a provider of their own, where the url has {host}: see docs/machines.md",
  ).optional(),
  ...kinds,
  ...bodies,
  ...calls,
});
export type ProviderSettings = z.infer<typeof ProviderSchema>;

/** A job's provider: a name, a name with the job's own bodies, or one written out. */
export const JobProviderSchema = z.union([
  text,
  z.strictObject({
    use: described(name, "Name of an entry of providers").optional(),
    host: described(
      line,
      "One of its hosts; all: one job a host, of the name JOB.HOST and with its own state",
    ).optional(),
    ...kinds,
    ...bodies,
    ...calls,
  }),
]);
type JobProviderSettings = z.infer<typeof JobProviderSchema>;
export type ResticSettings = z.infer<typeof restic>;
export type CommandSettings = z.infer<typeof command>;
export type Backy2Settings = z.infer<typeof backy2>;
export type ConductorSettings = z.infer<typeof conductor>;
export type HookSettings = z.infer<typeof hook>;
export type JobHookSettings = z.infer<typeof JobHookSchema>;
export type ProgramSettings = z.infer<typeof program>;
export type UpkeepSettings = z.infer<z.ZodObject<typeof upkeep>>;
