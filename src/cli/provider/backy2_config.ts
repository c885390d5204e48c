// Writes the configuration file of backy2 out of the environment of the original's backy2 provider.

import { EXIT, Failure } from "../terminal/exit.ts";

type Env = Record<string, string>;

const FOLDER = "/var/lib/backy2";

/** Its text and the folders it needs; throws a usage failure that names the variable at fault. */
export function backy2Config(env: Env): { text: string; folders: string[] } {
  const folder = line(env, "TARGET_DATA_PATH", FOLDER);
  return { text: textOf(env, folder), folders: [unescaped(folder), `${unescaped(folder)}/data`] };
}

function textOf(env: Env, folder: string): string {
  const reads = whole(env, "SIMULTANEOUS_READS", "10");
  const limits = [
    `simultaneous_writes: ${whole(env, "SIMULTANEOUS_WRITES", "3")}`,
    `simultaneous_reads: ${reads}`,
    `bandwidth_read: ${whole(env, "MAX_BANDWIDTH_READ", "0")}`,
    `bandwidth_write: ${whole(env, "MAX_BANDWIDTH_WRITE", "0")}`,
  ];
  return [
    "[DEFAULTS]",
    // What it says is kept with each backup.
    "logfile: /dev/null",
    "block_size: 4194304",
    "hash_function: sha512",
    `lock_dir: ${folder}`,
    "process_name: backy2",
    `disallow_rm_when_younger_than_days: ${whole(env, "PROTECT_YOUNG_BACKUP_DAYS", "6")}`,
    "",
    "[MetaBackend]",
    "type: backy2.meta_backends.sql",
    `engine: sqlite:///${folder}/backy.sqlite`,
    "",
    "[DataBackend]",
    ...backend(env, folder),
    ...limits,
    "",
    "[io_file]",
    `simultaneous_reads: ${reads}`,
    "",
    "[io_rbd]",
    "ceph_conffile: /etc/ceph/ceph.conf",
    `simultaneous_reads: ${reads}`,
    "new_image_features: RBD_FEATURE_LAYERING RBD_FEATURE_EXCLUSIVE_LOCK",
    "",
    "[NBD]",
    `cachedir: ${folder}`,
    "",
  ].join("\n");
}

function backend(env: Env, folder: string): string[] {
  const kind = env.TARGET_DATA_BACKEND || "file";
  if (kind === "file") return ["type: backy2.data_backends.file", `path: ${folder}/data`];
  if (kind !== "s3") {
    throw new Failure(
      EXIT.usage,
      `Cannot use TARGET_DATA_BACKEND ${
        JSON.stringify(kind)
      }: expected file or s3, or a --config-file of your own`,
    );
  }
  const host = line(env, "S3_AWS_HOST", "s3.amazonaws.com");
  return [
    "type: backy2.data_backends.s3",
    `aws_access_key_id: ${line(env, "S3_AWS_ACCESS_KEY_ID")}`,
    `aws_secret_access_key: ${line(env, "S3_AWS_SECRET_ACCESS_KEY")}`,
    `host: ${host}`,
    `port: ${whole(env, "S3_AWS_PORT", "443")}`,
    `is_secure: ${env.S3_AWS_HTTPS || "true"}`,
    `bucket_name: ${line(env, "S3_AWS_BUCKET_NAME")}`,
  ];
}

function whole(env: Env, name: string, otherwise: string): string {
  const text = env[name] || otherwise;
  if (/^\d{1,12}$/.test(text)) return text;
  throw new Failure(EXIT.usage, `Cannot read ${name} ${JSON.stringify(text)}: expected a whole number`);
}

/** One line, in which backy2's reader of files finds nothing to fill in. */
function line(env: Env, name: string, otherwise?: string): string {
  const text = env[name] || otherwise;
  if (text === undefined) {
    throw new Failure(
      EXIT.usage,
      `Cannot serve backy2 with TARGET_DATA_BACKEND s3 without ${name}: expected it set`,
    );
  }
  // deno-lint-ignore no-control-regex
  if (!/[\u0000-\u001f]/.test(text)) return text.replaceAll("%", "%%");
  throw new Failure(EXIT.usage, `Cannot use ${name}: it has control characters: expected one line`);
}

function unescaped(text: string): string {
  return text.replaceAll("%%", "%");
}
