// Which spellings of a restic repository mean the same one.

const DEFAULT_PORTS: Record<string, string> = { "http:": "80", "https:": "443", "sftp:": "22" };

/**
 * The same text for every spelling of one repository, as `restic -r` takes it, without credentials. Two different texts
 * may still be one place: by a symlink, a mount, another name of the host, or a relative path.
 */
export function repositoryIdentity(repository: string): string {
  const scheme = /^(local|rest|s3|sftp|rclone|b2|gs|azure|swift):/.exec(repository)?.[1] ?? "local";
  const rest = repository.replace(new RegExp(`^${scheme}:`), "");
  switch (scheme) {
    case "local":
      return `local:${cleanPath(rest)}`;
    case "rest":
      return `rest:${urlOf(rest) ?? rest}`;
    case "s3": {
      const plain = rest.replace(/^\/\//, "");
      return `s3:${urlOf(/^https?:/.test(plain) ? plain : `https://${plain}`) ?? plain}`;
    }
    case "sftp": {
      const url = /^\/\/(?:(?<user>[^@/]*)@)?(?<host>[^/:]+)(?::(?<port>\d+))?\/(?<path>.*)$/.exec(rest)
        ?.groups;
      // After the host a URL has one slash of its own: one more begins an absolute path.
      const { user = "", host = "", port = "22", path = "" } = url ??
        /^(?:(?<user>[^@]*)@)?(?<host>[^:]+):(?<path>.*)$/.exec(rest)?.groups ?? { path: rest };
      return `sftp:${user}@${hostOf(host)}:${port}:${cleanPath(path)}`;
    }
    default:
      return `${scheme}:${rest.replace(/^([^:]+):\/*/, "$1:").replace(/\/+$/, "")}`;
  }
}

/**
 * The same text for every spelling of one address on the web, without credentials, query and a slash at the end;
 * undefined where it is none.
 */
export function urlOf(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const { protocol, hostname, port, pathname } = new URL(text);
  return `${protocol}//${hostOf(hostname)}:${port || DEFAULT_PORTS[protocol] || ""}${cleanPath(pathname)}`;
}

function hostOf(name: string): string {
  const host = name.toLowerCase().replace(/\.$/, "");
  return ["127.0.0.1", "[::1]", "::1", "[::ffff:7f00:1]"].includes(host) ? "localhost" : host;
}

/** Without doubled slashes, `.`, `..` and a slash at the end. */
function cleanPath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === ".." && parts.length > 0 && parts.at(-1) !== "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `${path.startsWith("/") ? "/" : ""}${parts.join("/")}`;
}
