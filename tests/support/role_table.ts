// The table of roles in docs/security.md, from the OpenAPI document and the rules of access.

import { type Access, accessOf } from "../../src/api/auth.ts";
import { testApi } from "./test_api.ts";

/** One endpoint of the API. */
export interface Endpoint {
  /** As `POST`. */
  method: string;
  /** As `/backups/{id}`. */
  path: string;
  summary: string;
}

/** Every endpoint that the OpenAPI document names, in its order. */
export async function endpoints(): Promise<Endpoint[]> {
  const document = await (await testApi().ask("GET /openapi.json")).json();
  return Object.entries(document.paths as Record<string, Record<string, { summary: string }>>)
    .flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { summary }]) => ({
        method: method.toUpperCase(),
        path,
        summary,
      }))
    );
}

/** From those who may least to those who may most. */
const GROUPS: [access: Access, title: string][] = [
  ["open", "everybody"],
  ["viewer", "viewer"],
  ["trigger", "operator; without tokens whoever reaches the port"],
  ["operator", "operator"],
  ["admin", "admin"],
];

/** Markdown: one row for each endpoint, below the role that it needs. */
export async function roleTable(): Promise<string> {
  const all = await endpoints();
  const rows = GROUPS.flatMap(([access, title]) =>
    all.filter(({ method, path }) => accessOf(`${method} ${path}`, false, { kind: "default" }) === access)
      .map(({ method, path, summary }) => `| \`${method} ${path}\` | ${title} | ${summary} |`)
  );
  return ["| endpoint | who | what it does |", "| --- | --- | --- |", ...rows].join("\n");
}

const BEGIN = "<!-- roles: made by scripts/security_docs.ts -->";
const END = "<!-- end of roles -->";

/** The page docs/security.md with the table as it is now. Throws where it has no place for one. */
export async function withRoleTable(page: string): Promise<string> {
  const [before, rest] = page.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) {
    throw new Error(`docs/security.md needs ${BEGIN} … ${END}`);
  }
  return `${before}${BEGIN}\n\n${await roleTable()}\n\n${END}${after}`;
}
