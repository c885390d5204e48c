// Where a repository is: how one of its locks is removed, by us or by a person, and how it is told from another cheaply.

import type { Files, Http } from "../../ports/host.ts";

/** The place of one repository. */
export interface ResticLocation {
  /** Removes this one and no other, or rejects; absent where only restic itself gets there. */
  remove?(id: string, signal: AbortSignal): Promise<void>;
  /** What a person types to do that; without passwords. */
  command(id: string): string;
  /**
   * The bytes of its config, which no two repositories share; they may change while the repository stays the same. Rejects
   * where they cannot be read; absent where only restic itself gets there.
   */
  config?(signal: AbortSignal): Promise<Uint8Array>;
  /**
   * True where it deletes no backup for anybody, found out by asking it to delete what is not there; undefined where that
   * cannot be told. Absent where only restic itself gets there.
   */
  onlyTakesIn?(signal: AbortSignal): Promise<boolean | undefined>;
}

interface LocationPorts {
  files: Files;
  http: Http;
}

/** The name of no snapshot. */
const NO_SNAPSHOT = "0".repeat(64);

/** One has about 155. */
const MAX_CONFIG_BYTES = 64 * 1024;

const SCHEMES = /^(rest|s3|sftp|rclone|b2|gs|azure|swift):/;

/** The place of `repository`, as `restic -r` takes it; `env` is restic's environment. */
export function resticLocation(
  repository: string,
  env: Record<string, string>,
  ports: LocationPorts,
): ResticLocation {
  const folder = localFolder(repository, ports.files);
  if (folder !== undefined) return localLocation(folder, ports.files);
  const scheme = SCHEMES.exec(repository)![1]!;
  const rest = repository.slice(scheme.length + 1);
  if (scheme === "rest") return restLocation(rest, env, ports.http);
  return { command: (id) => commandOf(scheme, rest.replace(/\/+$/, ""), id) };
}

/** The folder of a repository of this machine; undefined for any other. */
export function localFolder(repository: string, files: Pick<Files, "workingFolder">): string | undefined {
  if (SCHEMES.test(repository)) return undefined;
  const path = repository.replace(/^local:/, "");
  const location = path.startsWith("/") ? path : `${files.workingFolder()}/${path}`;
  return location.replace(/\/+$/, "");
}

function localLocation(folder: string, files: Files): ResticLocation {
  const fileOf = (id: string) => `${folder}/locks/${id}`;
  return {
    config: () => files.readBytes(`${folder}/config`),
    remove: (id) => files.remove(fileOf(id)),
    command: (id) => `rm -f ${quote(fileOf(id))}`,
  };
}

function restLocation(text: string, env: Record<string, string>, http: Http): ResticLocation {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const [user, password] = url === undefined || url.username === ""
    ? [env.RESTIC_REST_USERNAME ?? "", env.RESTIC_REST_PASSWORD ?? ""]
    : [decodeURIComponent(url.username), decodeURIComponent(url.password)];
  const base = text.replace(/^(\w+:\/\/)[^\s/?#@]*@/, "$1").replace(/\/+$/, "");
  const command = (id: string) =>
    `curl -X DELETE ${user === "" ? "" : `-u ${quote(user)} `}${quote(`${base}/locks/${id}`)}`;
  if (url === undefined || !/^https?:$/.test(url.protocol)) return { command };
  const headers = new Headers();
  if (user !== "") headers.set("Authorization", `Basic ${base64(`${user}:${password}`)}`);
  const ask = (method: string, path: string, signal: AbortSignal) =>
    http(new Request(`${base}/${path}`, { method, headers, redirect: "manual", signal }));
  return {
    command,
    async config(signal) {
      const answer = await ask("GET", "config", signal);
      const isSmall = Number(answer.headers.get("Content-Length") ?? Infinity) <= MAX_CONFIG_BYTES;
      if (answer.ok && isSmall) return new Uint8Array(await answer.arrayBuffer());
      await answer.body?.cancel();
      throw new Error(`the server answers ${answer.status}`);
    },
    async onlyTakesIn(signal) {
      const answer = await ask("DELETE", `snapshots/${NO_SNAPSHOT}`, signal);
      await answer.body?.cancel();
      if (answer.status === 404 || answer.ok) return false;
      if (answer.status !== 403 && answer.status !== 405) return undefined;
      // Whom it does not let in at all it answers so as well.
      const config = await ask("HEAD", "config", signal);
      await config.body?.cancel();
      return config.ok ? true : undefined;
    },
    async remove(id, signal) {
      const answer = await ask("DELETE", `locks/${id}`, signal);
      await answer.body?.cancel();
      // Gone meanwhile is as good.
      if (!answer.ok && answer.status !== 404) throw new Error(`the server answers ${answer.status}`);
    },
  };
}

/** `rest`: without the scheme. */
function commandOf(scheme: string, rest: string, id: string): string {
  switch (scheme) {
    case "s3": {
      const { endpoint, bucket } = /^(?<endpoint>(?:https?:\/\/)?[^/]+)\/(?<bucket>.*)$/.exec(rest)?.groups ??
        { endpoint: "", bucket: rest };
      const server = /^https?:/.test(endpoint!) ? endpoint! : `https://${endpoint}`;
      return `aws s3 rm --endpoint-url ${quote(server)} ${quote(`s3://${bucket}/locks/${id}`)}`;
    }
    case "sftp": {
      const url = /^\/\/(?<host>[^/]+)\/(?<path>.*)$/.exec(rest)?.groups;
      const { host, path } = url ?? /^(?<host>[^:]+):(?<path>.*)$/.exec(rest)?.groups ??
        { host: rest, path: "" };
      return `ssh ${quote(host!)} rm -f ${quote(`${path}/locks/${id}`)}`;
    }
    case "rclone":
      return `rclone deletefile ${quote(`${rest}/locks/${id}`)}`;
    case "gs":
      return `gsutil rm ${quote(`gs://${bucketPath(rest)}/locks/${id}`)}`;
    case "b2":
      return `b2 rm ${quote(`b2://${bucketPath(rest)}/locks/${id}`)}`;
    case "azure": {
      const [container = "", ...folders] = bucketPath(rest).split("/");
      const name = [...folders, "locks", id].join("/");
      return `az storage blob delete --container-name ${quote(container)} --name ${quote(name)}`;
    }
    default: {
      const [container = "", ...folders] = bucketPath(rest).split("/");
      return `swift delete ${quote(container)} ${quote([...folders, "locks", id].join("/"))}`;
    }
  }
}

/** `bucket:/path` as `bucket/path`. */
function bucketPath(rest: string): string {
  return rest.replace(/:\/?/, "/").replace(/\/+$/, "");
}

function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}
