// A program that says what it can tell of processes: its own fate, and those of `[[pid, identity], …]`, its argument.

import { systemProcesses as processes } from "../../src/runtime/processes.ts";

const asked = JSON.parse(Deno.args[0]!) as [number, string][];
const own = await processes.identity(Deno.pid);
const fates = await Promise.all(asked.map(([pid, identity]) => processes.fate(pid, identity)));
const answer = { own: own === undefined ? "none" : await processes.fate(Deno.pid, own), fates };
await Deno.stdout.write(new TextEncoder().encode(JSON.stringify(answer)));
