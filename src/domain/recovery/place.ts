// Where the backups of one provider are, and the commands that get them back without Schelly. No secret stands here:
// only what it is called, and where it is written.

import type {
  Backy2ProviderSpec,
  CommandProviderSpec,
  ProviderSpec,
  ResticProviderSpec,
} from "../provider_spec.ts";

/** A setting of a provider, redacted. */
export interface WrittenSetting {
  /** Below the provider: `restic.repository`. */
  key: string;
  /** As a person may see it: a variable by its name, a secret not at all. */
  value: string;
  /** `schelly.yaml:12`; `default` where nothing is written. */
  source: string;
}

/** How one backup is named by its provider and by its storage. */
interface StoredIds {
  id: string;
  dataId: string;
}

export interface RecoveryPlace {
  /** What it is, in one sentence. */
  where: string;
  /** What its password and keys are called, and where they lie. */
  secrets: string[];
  /** Lines for a shell that come first. */
  setup: string[];
  /** Lines that show what there is. */
  look(job: string): string[];
  /** Lines that restore one backup into a folder, or as `target`. */
  restore(ids: StoredIds, target: string): string[];
  /** What else whoever does it must know. */
  notes: string[];
}

/** What restic restores as well without. */
const TUNING = /^(RESTIC_(CACHE_DIR|PROGRESS_FPS|READ_CONCURRENCY|PACK_SIZE|COMPRESSION)|GO\w+|TMPDIR)$/;
const HIDDEN = /<redacted>|\*\*\*/;

/**
 * Of a provider of the configuration; `written`: its settings. `working`: the folder that relative paths begin in; null where
 * it is not known.
 */
export function placeOf(
  spec: ProviderSpec,
  written: readonly WrittenSetting[],
  working: string | null = null,
): RecoveryPlace {
  switch (spec.kind) {
    case "restic":
      return resticPlace(spec, written, working);
    case "backy2":
      return backy2Place(spec, written);
    case "command":
      return commandPlace(spec, written, working);
    case "conductor": {
      const url = settingOf(written, "conductor.url")?.value ?? spec.key;
      return {
        where:
          `where the workers of the Conductor server at ${url} put them (workflow '${spec.workflows.create}')`,
        secrets: secretsBelow(written, "headers"),
        setup: [],
        look: () => [],
        restore: () => [],
        notes: [
          `The page of a workflow, ${spec.uiUrl}/execution/ID, says which worker made the backup of that id: restore on its ` +
          "machine, with its tool, by the data id below.",
        ],
      };
    }
    case "http": {
      const url = settingOf(written, "url")?.value ?? spec.key;
      return {
        where: `behind the service at ${url}, which speaks the provider protocol`,
        secrets: [
          ...secretsBelow(written, "headers"),
          ...(HIDDEN.test(url) ? [`its user and password: in ${sourceOf(written, "url")}`] : []),
        ],
        setup: [],
        look: () => [],
        restore: () => [],
        notes: [
          "Schelly does not know how this service stores them: restore with its own tool, by the data id below.",
        ],
      };
    }
  }
}

function resticPlace(
  spec: ResticProviderSpec,
  written: readonly WrittenSetting[],
  working: string | null,
): RecoveryPlace {
  const named = settingOf(written, "restic.repository")?.value ?? "";
  // `sftp:host:/path` and the like say where they are; what is not one is a folder.
  const at = (text: string) => /^([a-z0-9]+:|\$\{|$)/.test(text) ? text : fullPath(text, working);
  const shown = at(named);
  const address = addressOf(at(spec.repository), shown);
  const [setup, secrets, notes]: [string[], string[], string[]] = [[], [], []];
  setup.push(`export RESTIC_REPOSITORY=${address.word}`);
  if (address.lacks !== null) {
    secrets.push(`${address.lacks}: in ${sourceOf(written, "restic.repository")}`);
    notes.push(`Put ${address.lacks} into RESTIC_REPOSITORY before going on.`);
  }
  if (spec.passwordFile !== null) {
    const file = fullPath(spec.passwordFile, working);
    setup.push(`export RESTIC_PASSWORD_FILE=${shellWord(file)}`);
    secrets.push(`the password of the repository: in the file ${file}`);
  } else {
    const inEnv = settingOf(written, "restic.password") === undefined;
    const where = inEnv ? "in RESTIC_PASSWORD… below" : `in ${sourceOf(written, "restic.password")}`;
    secrets.push(`the password of the repository: ${where}; restic asks for it`);
  }
  for (const name of Object.keys(spec.env)) {
    if (TUNING.test(name)) continue;
    const file = settingOf(written, `restic.env_file.${name}`);
    const source = sourceOf(written, file === undefined ? `restic.env.${name}` : `restic.env_file.${name}`);
    secrets.push(
      file === undefined ? `${name}: in ${source}` : `${name}: in the file ${file.value}, named in ${source}`,
    );
    setup.push(`read -rsp '${name}: ' ${name} && export ${name}`);
  }
  const options = Object.keys(spec.options).map((name) =>
    ` -o ${shellWord(name)}=${shellWord(settingOf(written, `restic.options.${name}`)?.value ?? "")}`
  ).join("");
  return {
    where: `in the restic repository ${shown || spec.key}`,
    secrets,
    setup,
    look: (job) => [`restic${options} snapshots --tag ${shellWord(`job:${job}`)}`],
    restore: ({ dataId }, target) => [
      `restic${options} restore ${shellWord(dataId)} --target ${shellWord(target)} --verify`,
    ],
    notes: [
      ...notes,
      "Each file comes back below the folder, under the path that it had. As root restic also restores owners; it " +
      "answers 0 even where it could not.",
    ],
  };
}

function backy2Place(spec: Backy2ProviderSpec, written: readonly WrittenSetting[]): RecoveryPlace {
  const isFile = "file" in spec.config;
  const file = "file" in spec.config ? spec.config.file : "backy.cfg";
  const program = `backy2 -c ${shellWord(file)}`;
  return {
    where: `in backy2, versions named ${spec.name}, of ${settingOf(written, "backy2.source")?.value ?? "?"}`,
    secrets: isFile
      ? [`the address of its database and its keys: in the file ${file}`]
      : ["the address of its database and its keys: in the state folder and the configuration"],
    setup: [],
    look: () => [`${program} ls ${shellWord(spec.name)}`],
    restore: ({ dataId }, target) => [
      `${program} restore ${shellWord(dataId)} ${shellWord(`file://${target}.img`)}`,
    ],
    notes: [
      ...(isFile ? [] : [
        "Its configuration was made from the settings of the provider: write it as backy.cfg before.",
      ]),
      "backy2 ends with 0 also where it wrote damaged blocks: read what it says, an ERROR names each.",
    ],
  };
}

/** Where a path leads that begins in that folder. */
export function fullPath(path: string, working: string | null): string {
  if (path.startsWith("/") || working === null) return path;
  const names = path.split("/").filter((name) => name !== "" && name !== ".");
  return [working === "/" ? "" : working, ...names].join("/");
}

/** Variables that say where a command puts its backups; what may be a secret is only named. */
function placesIn(env: Readonly<Record<string, string>>): string[] {
  return Object.entries(env).filter(([name, value]) => !SECRET_NAME.test(name) && PLAIN_PATH.test(value))
    .map(([name, value]) => `${name}=${value}`);
}

const SECRET_NAME = /pass|secret|token|key|credential|auth/i;
const PLAIN_PATH = /^\/[\w@%+=,./ -]*$/;

function commandPlace(
  spec: CommandProviderSpec,
  written: readonly WrittenSetting[],
  working: string | null,
): RecoveryPlace {
  const command = (name: string) =>
    written.filter(({ key }) => key === `command.${name}` || key.startsWith(`command.${name}.`))
      .map(({ value }) => value).join(" ");
  const facts = ["create", "get", "list", "delete"].flatMap((name) => {
    const text = command(name);
    return text === "" ? [] : [`It ${name === "create" ? "makes them" : `${name}s them`} by: ${text}`];
  });
  const places = placesIn(spec.env);
  const isPlace = (secret: string) => places.some((place) => secret.startsWith(`${place.split("=")[0]}: `));
  const cwd = spec.cwd === null ? working : fullPath(spec.cwd, working);
  return {
    where: `where its own commands put them${
      places.length === 0 ? "" : `: they are told ${places.join(", ")}`
    }`,
    secrets: [
      ...secretsBelow(written, "command.env").filter((secret) => !isPlace(secret)),
      ...secretsBelow(written, "command.env_file"),
    ],
    setup: [
      ...(cwd === null ? [] : [`cd ${shellWord(cwd)}`]),
      ...places.map((place) => {
        const [name, value] = [place.slice(0, place.indexOf("=")), place.slice(place.indexOf("=") + 1)];
        return `export ${name}=${shellWord(value)}`;
      }),
    ],
    look: () => [],
    restore: () => [],
    notes: [
      ...facts,
      ...(command("restore") === "" ? [] : [
        `It restores one, told SCHELLY_BACKUP_ID, SCHELLY_DATA_ID, an empty folder as SCHELLY_TARGET and an empty ` +
        `SCHELLY_INCLUDE in its environment, by: ${command("restore")}`,
      ]),
      "The commands of the configuration say what wrote the data: restore with that tool, by the data id below.",
    ],
  };
}

/** The address as a shell takes it, and what has to be filled in. */
function addressOf(plain: string, shown: string): { word: string; lacks: string | null } {
  const variables = [...shown.matchAll(/\$\{(\w+)[^}]*\}/g)].map(([, name]) => name!);
  const isHidden = HIDDEN.test(shown);
  if (shown === plain || (variables.length === 0 && !isHidden)) {
    return { word: shellWord(plain), lacks: null };
  }
  const text = shown.replace(/[^/]*(?:<redacted>|\*\*\*)@/, "USER:PASSWORD@").replace(HIDDEN, "…");
  const lacks = [
    ...(isHidden ? ["the user and password of its address"] : []),
    ...(variables.length === 0 ? [] : [`the value of ${variables.join(", ")}`]),
  ].join(", ");
  const word = variables.length === 0 ? shellWord(text) : `"${text.replace(/["`\\]/g, "\\$&")}"`;
  return { word, lacks: lacks === "" ? null : lacks };
}

function secretsBelow(written: readonly WrittenSetting[], prefix: string): string[] {
  return written.filter(({ key }) => key.startsWith(`${prefix}.`))
    .map(({ key, source }) => `${key.slice(prefix.length + 1)}: in ${source}`);
}

function settingOf(written: readonly WrittenSetting[], key: string): WrittenSetting | undefined {
  return written.find((one) => one.key === key);
}

function sourceOf(written: readonly WrittenSetting[], key: string): string {
  return settingOf(written, key)?.source ?? "the configuration";
}

/** One word of a shell, whatever it holds. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
