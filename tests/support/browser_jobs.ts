// Jobs for browsers to look at: one that is well, one that fails, one whose deletions a guard stopped, one that is held.

import { mkdir } from "node:fs/promises";
import { type Rig, type Server, until } from "./program.ts";

/** Who may log in, by name and password. */
export const PEOPLE = { ann: "ann has a long password", eve: "eve has a long password" } as const;
const USERS = `auth: { users: [ { name: ann, role: admin, password: "${PEOPLE.ann}" },
  { name: eve, role: viewer, password: "${PEOPLE.eve}" } ] }`;

/** What a caller of the API says of itself as ann. */
export const AS_ANN = { authorization: `Basic ${btoa(`ann:${PEOPLE.ann}`)}` };

const MAKE =
  `head -c 20000 /dev/urandom > $STORE/$SCHELLY_BACKUP_ID && echo '{"data_id": "'$SCHELLY_BACKUP_ID'", "size_mb": 0.02}'`;

/** A job's provider: a command that makes its backups in the folder of `job`. */
export function command(rig: Rig, job: string, create = MAKE): string {
  const shell = JSON.stringify(create.replaceAll("$STORE", `${rig.folder}/${job}`));
  const remove = JSON.stringify(`rm -f ${rig.folder}/${job}/$SCHELLY_DATA_ID`);
  return `provider: { command: { create: { shell: ${shell} }, delete: { shell: ${remove} } }, poll_interval: 100ms }`;
}

/** The jobs, all of them due only by hand; `kept` is the policy of the one that a guard stops. */
export function jobsYaml(rig: Rig, { kept = 100, more = "" } = {}): string {
  const job = (name: string, rest: string) =>
    `  - { name: ${name}, schedule: "0 0 0 29 2 *", retry: { attempts: 0 }, ${rest} }\n`;
  const guard = "guard: { max_percent: 50, policy_change_hold: 0s }";
  return `jobs:\n` +
    job("good", `retention: { secondly: 100 }, ${command(rig, "good")}`) +
    job("failing", `${command(rig, "failing", "echo the disk is on fire >&2; exit 3")}`) +
    job("guarded", `retention: { secondly: ${kept}, ${guard} }, ${command(rig, "guarded")}`) +
    job("held", `retention: { secondly: 100 }, ${command(rig, "held")}`) + more;
}

/** Starts the program with them; people log in where `users`. */
export async function startJobs(
  rig: Rig,
  { users = false, server = "", more = "", start = true }: {
    users?: boolean;
    server?: string;
    more?: string;
    /** False: they are only written down. */
    start?: boolean;
  } = {},
): Promise<Server> {
  await Promise.all(["good", "failing", "guarded", "held"].map((name) => mkdir(`${rig.folder}/${name}`)));
  const keys = [...users ? [USERS] : ["auth: none"], ...server === "" ? [] : [server]].join(", ");
  await rig.configure(jobsYaml(rig, { more }), keys);
  return start ? await rig.server() : undefined!;
}

/** Gives each of them its history. Without people that log in. */
export async function makeHistory(rig: Rig, server: Server, { more = "" } = {}): Promise<void> {
  for (let n = 0; n < 6; n++) await server.backup("guarded");
  await server.backup("good");
  const { id } = await server.backup("held");
  await server.request("PUT", `/backups/${id}/hold`, { body: { reason: "for the auditor" } });
  await server.post("/jobs/failing/trigger");
  await until(
    "the failing job fails",
    async () => (await server.get("/jobs/failing")).health.state === "failing",
  );
  await rig.configure(jobsYaml(rig, { kept: 1, more }), "auth: none");
  await server.post("/-/reload");
  await server.post("/jobs/guarded/retention");
  await until("the guard stops", async () => (await server.get("/jobs/guarded")).guards.length > 0);
}
