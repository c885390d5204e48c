// The text of a hardened systemd unit for `schelly provider serve`.

import { accessLines, commandWord, outsideOwn, ownerLines, SHUT_OFF, unitWord } from "./systemd_unit.ts";

/** What the unit must allow, and no more. Paths are absolute. */
interface ProviderUnitNeeds {
  program: string;
  kind: string;
  /** After the kind. A credential is named by what systemd puts in its place. */
  serveArguments: readonly (string | { credential: string })[];
  /** Folders it writes in, besides its state and cache folders. */
  writes: string[];
  /** Folders and files it backs up: read whoever owns them. */
  reads: string[];
  /** Other places whose mounts must be there first. */
  mounts: string[];
  credentials: { name: string; path: string }[];
  /** It runs programs of which nothing is known here. */
  isOpen: boolean;
}

/** The whole unit file. */
export function providerUnitText(needs: ProviderUnitNeeds): string {
  const { program, kind, serveArguments } = needs;
  const mounts = outsideOwn([...new Set([...needs.mounts, ...needs.writes, ...needs.reads])]);
  const words = [
    ...[program, "provider", "serve", kind].map(commandWord),
    ...serveArguments.map((one) =>
      typeof one === "string" ? commandWord(one) : `%d/${commandWord(one.credential)}`
    ),
  ];
  const lines = [
    "# Made by `schelly systemd unit --provider`. Make it again when it serves other paths or secrets.",
    "[Unit]",
    `Description=Schelly's provider ${unitWord(kind)}`,
    "Documentation=man:schelly(1)",
    "Wants=network-online.target",
    "After=network-online.target time-sync.target",
    `RequiresMountsFor=${["/var/lib/schelly", ...mounts].map(unitWord).join(" ")}`,
    "# It is tried again for as long as it takes: a provider that gave up would let backups fail.",
    "StartLimitIntervalSec=0",
    "",
    "[Service]",
    "Type=exec",
    `ExecStart=${words.join(" ")}`,
    "# What restic, a cloud or a program of yours needs, such as AWS_ACCESS_KEY_ID.",
    "EnvironmentFile=-/etc/schelly/provider.env",
    "Environment=HOME=/var/lib/schelly XDG_CACHE_HOME=/var/cache/schelly",
    "Restart=on-failure",
    "RestartSec=5",
    "# Ended by a signal as asked; an argument that is wrong stays wrong until somebody edits it.",
    "SuccessExitStatus=130 143",
    "RestartPreventExitStatus=2 3",
    "# What runs when it is stopped is cut off, and settled when it starts again.",
    "TimeoutStopSec=60",
    "# Each backup has a cgroup of its own below, so that what leaves its process group is ended with it.",
    "Delegate=yes",
    "LimitNOFILE=8192",
    "# No image of its memory is ever written: there are secrets in it.",
    "LimitCORE=0",
    "",
    // The socket of a server on the same machine lies in its runtime folder, which must not go with this unit.
    ...ownerLines(needs).filter((line) => !line.startsWith("RuntimeDirectory")),
    "",
    ...(needs.isOpen
      ? ["# Which folders its programs write in is not known: name each as ReadWritePaths= in a drop-in."]
      : []),
    ...accessLines(needs),
    ...SHUT_OFF.flatMap((line) => line === "PrivateDevices=yes" ? deviceLines(needs.reads) : [line]),
    "",
    "[Install]",
    "WantedBy=multi-user.target",
  ];
  return `${lines.join("\n")}\n`;
}

/** A disk that is backed up must be seen, and no other. */
function deviceLines(reads: readonly string[]): string[] {
  const devices = reads.filter((path) => path.startsWith("/dev/"));
  if (devices.length === 0) return ["PrivateDevices=yes"];
  return ["DevicePolicy=closed", ...devices.map((path) => `DeviceAllow=${unitWord(path)} r`)];
}
