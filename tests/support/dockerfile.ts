// Reads what a stage of a Dockerfile says about running it. Knows the forms our Dockerfile uses, and throws at others.

/** One stage, with the defaults of its base image taken as empty. */
export interface Stage {
  base: string;
  env: Record<string, string>;
  labels: Record<string, string>;
  user: string;
  volumes: string[];
  ports: string[];
  entrypoint: string[];
  cmd: string[];
  healthcheck: string[];
  /** Arguments of every COPY, flags included. */
  copies: string[];
  /** What apt-get installs, sorted. */
  packages: string[];
}

/** The stage of that name. */
export function readStage(text: string, name: string): Stage {
  const lines = text.split("\n").filter((line) => !/^\s*#/.test(line)).join("\n")
    .replace(/\\\n\s*/g, " ").split("\n").map((line) => line.trim()).filter((line) => line !== "");
  const begin = lines.findIndex((line) => new RegExp(`^FROM \\S+ AS ${name}$`).test(line));
  if (begin < 0) throw new Error(`The Dockerfile has no stage '${name}'`);
  const stage: Stage = {
    base: lines[begin]!.split(" ")[1]!,
    env: {},
    labels: {},
    user: "",
    volumes: [],
    ports: [],
    entrypoint: [],
    cmd: [],
    healthcheck: [],
    copies: [],
    packages: [],
  };
  for (const line of lines.slice(begin + 1)) {
    const [, instruction = "", rest = ""] = /^(\S+)\s+(.*)$/.exec(line) ?? [];
    if (instruction === "FROM") break;
    if (instruction === "ENV") Object.assign(stage.env, pairs(rest));
    else if (instruction === "LABEL") Object.assign(stage.labels, pairs(rest));
    else if (instruction === "USER") stage.user = rest;
    else if (instruction === "VOLUME") stage.volumes = JSON.parse(rest);
    else if (instruction === "EXPOSE") stage.ports = rest.split(" ");
    else if (instruction === "ENTRYPOINT") stage.entrypoint = JSON.parse(rest);
    else if (instruction === "CMD") stage.cmd = JSON.parse(rest);
    else if (instruction === "HEALTHCHECK") stage.healthcheck = JSON.parse(rest.slice(rest.indexOf("[")));
    else if (instruction === "COPY") stage.copies.push(rest);
    else if (instruction === "RUN") {
      const installed = /apt-get install -y --no-install-recommends ([^&]+)/.exec(rest)?.[1];
      if (installed !== undefined) stage.packages = installed.trim().split(/\s+/).sort();
    } else if (!["ARG", "WORKDIR"].includes(instruction)) {
      throw new Error(`An instruction that the replay does not know: ${line}`);
    }
  }
  return stage;
}

/** `A=1 B="two words"`. */
function pairs(text: string): Record<string, string> {
  return Object.fromEntries(
    [...text.matchAll(/([\w.]+)=(?:"([^"]*)"|(\S*))/g)].map((
      [, key, quoted, plain],
    ) => [key!, quoted ?? plain!]),
  );
}
