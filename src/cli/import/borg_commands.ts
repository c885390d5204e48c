// What Schelly runs for a borg repository: the shell of each command of the provider, for what `import-config` writes.

import { quoted } from "./imported.ts";

/** How borg is called. */
interface BorgCalls {
  program: string;
  /** Seconds. */
  lockWait: number;
}

/** A command line for bash, as the configuration takes it. */
export interface Shell {
  shell: string;
}

const IS_THERE = 'grep -qxF -- "$SCHELLY_BACKUP_ID" <<< "$found"';
const ARCHIVE = '"::$SCHELLY_BACKUP_ID"';
const DAMAGE = "integrity error|IntegrityError|Object with key .* not found|data/[0-9]+/[0-9]+";

/** Archives as the protocol lists them. borg says local times, and older ones without their zone: TZ is UTC here. */
const LIST = `
import datetime, json, sys
for one in json.load(sys.stdin)["archives"]:
    if ".checkpoint" in one["name"]:
        continue
    at = datetime.datetime.fromisoformat(one["start"])
    at = at if at.tzinfo else at.replace(tzinfo=datetime.timezone.utc)
    print(json.dumps({"id": one["name"], "start_time": at.isoformat(), "end_time": at.isoformat()}))
`;

/** What lies in a folder; folders above what was backed up are no entries of their own. */
const BROWSE = `
import json, os, sys
folder, seen, entries = os.environ["SCHELLY_PATH"], os.environ["SCHELLY_PATH"] == "", {}
for line in sys.stdin:
    item = json.loads(line)
    path, kind = item["path"], {"d": "folder", "-": "file", "l": "link"}.get(item["type"], "other")
    if folder and path != folder and not path.startswith(folder + "/"):
        continue
    seen = seen or kind == "folder" or path != folder
    rest = path if not folder else path[len(folder) + 1:]
    if rest in ("", "."):
        continue
    name = rest.split("/")[0]
    if name != rest:
        entries.setdefault(name, {"type": "folder"})
    else:
        entries[name] = {"type": kind, **({"size": item["size"]} if kind == "file" else {})}
for name, entry in entries.items():
    print(json.dumps({"path": os.path.join(folder, name), **entry}))
sys.exit(0 if seen else 3)
`;

const MADE = `
import json, sys
stats = json.load(sys.stdin)["archive"]["stats"]
print(json.dumps({"size_mb": stats["original_size"] / 1e6, "files": stats["nfiles"],
                  "message": "%.1f MB added" % (stats["deduplicated_size"] / 1e6)}))
`;

/** Makes the archive of a backup. `args`: options and paths, each ready for a shell. */
export function createCommand({ program, lockWait }: BorgCalls, args: readonly string[]): Shell {
  return shellOf(`
warned="$(mktemp)"
trap 'rm -f "$warned"' EXIT
code=0
said="$(${quoted(program)} create --lock-wait ${lockWait} --json \\
${args.map((arg) => `  ${arg} \\\n`).join("")}  2> "$warned")" || code=$?
cat "$warned" >&2
# A warning leaves the backup whole only where all of it is files that changed while they were read.
case "$code" in
0) ;;
1 | 100) [ -s "$warned" ] && ! grep -qv 'file changed while we backed it up$' "$warned" || exit "$code" ;;
*) exit "$code" ;;
esac
python3 -c '${MADE}' <<< "$said"`);
}

/** All the others, which are the same for each job. */
export function borgCommands({ program, lockWait }: BorgCalls): Record<string, Shell> {
  const borg = (command: string, rest: string) =>
    `${quoted(program)} ${command} --lock-wait ${lockWait} ${rest}`;
  const found = `found="$(${borg("list", "--short")})"`;
  return {
    get: shellOf(`
${found}
${IS_THERE} || exit 3`),
    delete: shellOf(`
${found}
# What was cut off leaves checkpoints.
for part in $(grep -xE -- "$SCHELLY_BACKUP_ID\\.checkpoint(\\.[0-9]+)?" <<< "$found" || true); do
  ${borg("delete", '"::$part"')}
done
${IS_THERE} || exit 3
${borg("delete", ARCHIVE)}
# Frees the space; borg before 1.2 does so by itself.
${quoted(program)} compact --lock-wait ${lockWait} || true`),
    list: shellOf(`TZ=UTC ${borg("list", "--json")} | python3 -c '${LIST}'`),
    verify: shellOf(`
# Reads every chunk of the archive and checks its signature; only damage ends with 1.
${found} || exit 75
${IS_THERE} || { echo "the repository has no such archive" >&2; exit 1; }
code=0
said="$(${borg("extract", `--dry-run --list ${ARCHIVE}`)} 2>&1)" || code=$?
if [ "$code" -eq 0 ]; then
  echo "{\\"message\\": \\"every chunk was read and compared, of $(wc -l <<< "$said") files and folders\\"}"
elif grep -m1 -E '${DAMAGE}' <<< "$said" >&2; then
  exit 1
else
  tail -n 1 <<< "$said" >&2
  exit 75
fi`),
    restore: shellOf(`
paths=()
while IFS= read -r path; do [ -z "$path" ] || paths+=("pp:$path"); done <<< "$SCHELLY_INCLUDE"
for path in "$\${paths[@]}"; do
  [ -n "$(${borg("list", `--short ${ARCHIVE} "$path"`)})" ] || exit 3
done
cd "$SCHELLY_TARGET"
${borg("extract", `${ARCHIVE} "$\${paths[@]}"`)}
# Only root can give files to others.
[ "$(id -u)" -ne 0 ] || exit 0
owners="$(${borg("list", `--format '{uid}{NL}' ${ARCHIVE}`)})"
foreign="$(grep -cvxF -- "$(id -u)" <<< "$owners" || true)"
[ "$foreign" -eq 0 ] || echo "{\\"lost\\": \\"the owners of $foreign files and folders\\"}"`),
    browse: shellOf(`${borg("list", `--json-lines ${ARCHIVE}`)} | python3 -c '${BROWSE}'`),
  };
}

/** A brace after a dollar has a second dollar before it: the configuration would take it for a variable of its own. */
function shellOf(text: string): Shell {
  return { shell: `${text.trim()}\n` };
}
