// The text of a hardened systemd unit, from what one configuration needs of the machine.

/** What the unit must allow, and no more. Paths are absolute. */
interface UnitNeeds {
  program: string;
  /** After `run`. */
  runArguments: string[];
  socket: string | null;
  /** Folders it writes in, besides its state, cache and runtime folders. */
  writes: string[];
  /** Folders and files it backs up: read whoever owns them. */
  reads: string[];
  /** Other places whose mounts must be there first. */
  mounts: string[];
  /** Secret files by the bare name the configuration uses. */
  credentials: { name: string; path: string }[];
  stopTimeoutMs: number;
}

const OWN_FOLDERS = ["/var/lib/schelly", "/var/cache/schelly", "/run/schelly"];
const HOMES = ["/home", "/root", "/run/user"];
const TEMPORARY = ["/tmp", "/var/tmp"];
/** What calls under way may take beyond `stop_timeout`, until state and sockets are closed. */
const STOP_MARGIN_SECONDS = 20;

/** The whole unit file. */
export function unitText(needs: UnitNeeds): string {
  const lines = [
    "# Made by `schelly systemd unit`. Make it again when the configuration names other paths or secrets.",
    "[Unit]",
    ...placeLines(needs),
    "",
    "[Service]",
    ...processLines(needs),
    "",
    ...ownerLines(needs),
    "",
    ...accessLines(needs),
    ...SHUT_OFF,
    "",
    "[Install]",
    "WantedBy=multi-user.target",
  ];
  return `${lines.join("\n")}\n`;
}

/** What it is, and what must be there before it. */
function placeLines(needs: UnitNeeds): string[] {
  const mounts = outsideOwn([...new Set([...needs.mounts, ...needs.writes, ...needs.reads])]);
  return [
    "Description=Schelly, a backup scheduler",
    "Documentation=man:schelly(1)",
    "Wants=network-online.target",
    "After=network-online.target time-sync.target",
    `RequiresMountsFor=${["/var/lib/schelly", ...mounts].map(unitWord).join(" ")}`,
    "# It is tried again for as long as it takes: a scheduler that gave up would miss backups in silence.",
    "StartLimitIntervalSec=0",
  ];
}

/** How it is started, told and ended. */
function processLines(needs: UnitNeeds): string[] {
  return [
    "Type=notify",
    "NotifyAccess=main",
    `ExecStart=${[needs.program, "run", ...needs.runArguments].map(commandWord).join(" ")}`,
    ...(needs.socket === null
      ? ["ExecReload=kill -HUP $MAINPID"]
      : [`ExecReload=${[needs.program, "reload", "--socket", needs.socket].map(commandWord).join(" ")}`]),
    "EnvironmentFile=-/etc/schelly/environment",
    "Environment=HOME=/var/lib/schelly XDG_CACHE_HOME=/var/cache/schelly",
    "Restart=on-failure",
    "RestartSec=5",
    "# Ended by a signal as asked; a configuration that is wrong stays wrong until somebody edits it.",
    "SuccessExitStatus=130 143",
    "RestartPreventExitStatus=2 3",
    "TimeoutStartSec=10min",
    `TimeoutStopSec=${Math.ceil(needs.stopTimeoutMs / 1000) + STOP_MARGIN_SECONDS}`,
    "# The scheduler's own loop comes round every 30 seconds, also when nothing is due.",
    "WatchdogSec=3min",
    "# Each backup has a cgroup of its own below, so that what leaves its process group is ended with it.",
    "Delegate=yes",
    "# 1,000 requests at once are answered; each has a file open, as has each call to a provider.",
    "LimitNOFILE=8192",
    "# No image of its memory is ever written: there are secrets in it.",
    "LimitCORE=0",
  ];
}

/** Whom it runs as, with what of its own. */
export function ownerLines(needs: Pick<UnitNeeds, "credentials">): string[] {
  return [
    "User=schelly",
    "Group=schelly",
    "StateDirectory=schelly",
    "StateDirectoryMode=0700",
    "CacheDirectory=schelly",
    "CacheDirectoryMode=0700",
    "RuntimeDirectory=schelly",
    "RuntimeDirectoryMode=0755",
    "UMask=0077",
    ...needs.credentials.map(({ name, path }) => `LoadCredential=${unitWord(`${name}:${path}`)}`),
  ];
}

/** Which files it may read and write. */
export function accessLines(needs: Pick<UnitNeeds, "writes" | "reads">): string[] {
  const paths = [...needs.writes, ...needs.reads];
  const writes = outsideOwn(needs.writes);
  return [
    ...(writes.length === 0 ? [] : [
      "# Folders of backups; they must belong to the user schelly, or let it write.",
      ...writes.map((path) => `ReadWritePaths=${unitWord(`-${path}`)}`),
    ]),
    ...(needs.reads.length > 0
      ? [
        "# Built-in providers read what they back up, whoever owns it.",
        "CapabilityBoundingSet=CAP_DAC_READ_SEARCH",
        "AmbientCapabilities=CAP_DAC_READ_SEARCH",
      ]
      : ["CapabilityBoundingSet=", "PrivateUsers=yes"]),
    "NoNewPrivileges=yes",
    "ProtectSystem=strict",
    `ProtectHome=${paths.some((path) => touches(path, HOMES)) ? "read-only" : "yes"}`,
    paths.some((path) => touches(path, TEMPORARY))
      ? "# PrivateTmp is off: the configuration names paths in the machine's own temporary folder."
      : "PrivateTmp=yes",
  ];
}

/** What it does without, whatever the configuration says. */
export const SHUT_OFF = [
  "PrivateDevices=yes",
  "PrivateIPC=yes",
  "PrivateMounts=yes",
  "ProtectClock=yes",
  "# ProtectControlGroups stays off: it would hide that from Schelly. Only its own cgroup belongs to its user.",
  "ProtectHostname=yes",
  "ProtectKernelLogs=yes",
  "ProtectKernelModules=yes",
  "ProtectKernelTunables=yes",
  "# ProcSubset=pid stays off: it would hide the id of this boot, by which a process of before it is known to have",
  "# ended. Processes of others stay hidden; what is hidden counts as alive.",
  "ProtectProc=invisible",
  "KeyringMode=private",
  "LockPersonality=yes",
  "RemoveIPC=yes",
  "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6",
  "RestrictNamespaces=yes",
  "RestrictRealtime=yes",
  "RestrictSUIDSGID=yes",
  "SystemCallArchitectures=native",
  "SystemCallFilter=@system-service",
  "SystemCallFilter=~@privileged @resources",
  "SystemCallErrorNumber=EPERM",
  "# MemoryDenyWriteExecute stays off: V8 makes machine code as it runs.",
];

/** A word of a command line: there a dollar sign would begin a variable. */
export function commandWord(word: string): string {
  return unitWord(word.replaceAll("$", "$$$$"));
}

/** A word of a unit file as systemd reads it back. */
export function unitWord(word: string): string {
  const escaped = word.replaceAll("\\", "\\\\").replaceAll("%", "%%");
  return /[\s"';]/.test(word) ? `"${escaped.replaceAll('"', '\\"')}"` : escaped;
}

/** Those of the paths that are not in its own folders. */
export function outsideOwn(paths: readonly string[]): string[] {
  return paths.filter((path) => !isInside(path, OWN_FOLDERS));
}

function isInside(path: string, folders: readonly string[]): boolean {
  return folders.some((folder) => path === folder || path.startsWith(`${folder}/`));
}

/** True when one of the folders is inside the path, or the path inside of it. */
function touches(path: string, folders: readonly string[]): boolean {
  return isInside(path, folders) || path === "/" || folders.some((folder) => folder.startsWith(`${path}/`));
}
