// The page docs/configuration.md: every key of the configuration, from its schema.

import { jsonSchema, type JsonSchemaNode } from "../../src/config/schema/schema.ts";

const INTRODUCTION = `# Configuration

Generated from the schema by \`scripts/config_docs.ts\`; a test keeps it current. [schelly.example.yaml](../schelly.example.yaml)
shows every key in use, [schelly.schema.json](../schelly.schema.json) tells editors, and
[bad_config.md](bad_config.md) shows what mistakes are answered.

The configuration is one YAML file, a folder of them (\`*.yaml\` and \`*.yml\` by name; \`jobs\` may stand in all, other
sections in one), or \`SCHELLY_CONFIG_YAML\`. The first found counts: \`--config\`, \`SCHELLY_CONFIG\`,
\`SCHELLY_CONFIG_YAML\`, \`./schelly.yaml\`, \`/etc/schelly/schelly.yaml\`.
A file may have 4 MiB, over 1 MiB only where \`jobs\` is a block list without anchors: some 40,000 jobs of a line each.

- \`\${VAR}\` and \`\${VAR:-default}\` stand for environment variables, \`$\${\` for a literal \`\${\`. Wherever the configuration is
  shown (\`config show\`, \`GET /config\`, refusals, the log) they stand as they were written.
- A key that ends in \`_file\` names a file that holds the secret: a path, or a bare name that is looked for in
  \`$CREDENTIALS_DIRECTORY\`, \`/run/secrets\` and beside the configuration.
- \`defaults\` are laid under each job key by key; lists, \`provider\`, \`ping\` and hooks are replaced as a whole.
- Anchors, aliases and merge keys (\`<<: *base\`) work within one file; keys that begin with \`x-\` are your own and mean
  nothing here, at the top as in a job.
- Durations: \`90s\`, \`5m\`, \`1h30m\`, \`7d\`. Sizes: \`10MiB\`, \`1.5GB\`.

## Edits

Schelly takes an edit over by itself, as a whole or not at all: it watches the files, the folder, and the secret files
they name. Replaced files and the swapped links of Kubernetes mounts are seen too; where a file system tells nothing,
within ten seconds. \`SIGHUP\`, \`schelly reload\` and \`POST /-/reload\` do it at once and say what changed.

- A configuration that is not valid changes nothing. It is logged (\`config.invalid\`), shown by
  \`/readyz?verbose\` and \`schelly_config_last_reload_successful\`, and tried again every ten seconds, since what it
  lacks may be a secret that comes later.
- Runs under way finish as they began. An edit of a built-in provider that makes a backup waits for its end.
- A job that is gone becomes unmanaged: its backups stay untouched until it is back. How a job or a
  provider takes another name: [names](names.md).
- Who may ask (\`server.auth\`, \`SCHELLY_TOKENS_FILE\`) and the certificate of \`server.tls\` are taken over like the rest;
  other keys of \`server\`, and \`log\` and \`state\`, need a restart.

In CI, where the secrets are not: \`schelly validate config --no-secrets --format github\`.
`;

/** The whole page. */
export function configurationReference(): string {
  const lines = [INTRODUCTION];
  for (const [key, node] of Object.entries(jsonSchema().properties ?? {})) {
    lines.push(
      `## ${key}\n\n${node.description}.\n\n| key | value | default | what it is |\n|---|---|---|---|`,
    );
    // What several sections share is told once, where it is laid out in full.
    const stop = key === "defaults" ? new Set(Object.keys(node.properties ?? {})) : new Set<string>();
    if (key === "defaults") {
      lines.push("| any key of a job but `name` and `renamed_from` | | | see [jobs](#jobs) |");
    } else for (const row of rows(node, "", stop)) lines.push(row);
    lines.push("");
  }
  return `${lines.join("\n").trimEnd()}\n`;
}

function* rows(node: JsonSchemaNode, path: string, stop: ReadonlySet<string>): Generator<string> {
  for (const branch of node.anyOf ?? []) yield* rows(branch, path, stop);
  if (node.items !== undefined) yield* rows(node.items, `${path}[]`, stop);
  if (typeof node.additionalProperties === "object") {
    yield* rows(node.additionalProperties, path === "" ? "NAME" : `${path}.NAME`, stop);
  }
  for (const [key, inner] of Object.entries(node.properties ?? {})) {
    if (stop.has(key)) continue;
    const at = path === "" ? key : path === "[]" ? key : `${path}.${key}`;
    const required = (node.required as string[] | undefined)?.includes(key) ? "required" : "";
    const value = inner.default === undefined
      ? required
      : `\`${JSON.stringify(inner.default).replace(/^"|"$/g, "")}\``;
    yield `| \`${at}\` | ${valueOf(inner)} | ${value} | ${cell(inner.description as string)} |`;
    yield* rows(inner, at, stop);
  }
}

function valueOf(node: JsonSchemaNode): string {
  if (node.anyOf !== undefined) return [...new Set(node.anyOf.map(valueOf))].join(" or ");
  if (node.const !== undefined) return `\`${node.const}\``;
  if (Array.isArray(node.enum)) return node.enum.map((word) => `\`${word}\``).join(", ");
  switch (node.type) {
    case "integer":
    case "number": {
      const { minimum, maximum } = node as { minimum?: number; maximum?: number };
      const isBounded = minimum !== undefined && maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER;
      return isBounded ? `${minimum} to ${maximum}` : "number";
    }
    case "array":
      return "list";
    case "object":
      return "mapping";
    case "boolean":
      return "true, false";
    case "string":
      return "text";
    default:
      return "any";
  }
}

function cell(text: string): string {
  const inCode = text.replaceAll(/(?<!`)\bhttps?:\/\/[^\s`]*[\w/]/g, (url) => `\`${url}\``);
  return inCode.replaceAll("|", "\\|").replaceAll("\n", " ");
}
