// What goes wrong in the words of the programs that say it, in short, and what is advised; for job `files`.

/** As a built-in restic tells of a call that failed. */
const restic = (words: string) => `Cannot make the backup: restic ended with exit code 1: Fatal: ${words}`;
/** As a provider over HTTP is told of. */
const http = (cause: string) =>
  `${cause}: cannot start a backup at 'http://nas:7070/backups': nothing was sent`;
const command = (words: string) => `the create command '/srv/dump.sh' ended with exit code 1: ${words}`;

const USER = "the user that Schelly runs as";

export const CAUSE_CASES: readonly [words: string, short: string, advice: string][] = [
  // What Schelly ended itself, and what it could not end.
  [
    "it had not ended after 6h, longer than 'max_duration' allows: cancelled; it said last: permission denied",
    "did not end",
    "See what it waits for, or raise 'max_duration'",
  ],
  [
    "its backup does not end and cannot be cancelled (connection refused)",
    "does not end",
    "End it at its provider",
  ],
  ["cancelled: by hand: ops", "cancelled", "See why it was cancelled"],
  // Conductor.
  [
    http("No such workflow defined: 'create_backup' (status 404)"),
    "workflow not defined",
    "Register the workflows at the Conductor server (deploy/conductor/register.sh), or correct 'create_workflow' and " +
    "'remove_workflow'",
  ],
  ["no worker ever asked for this task: start one", "no worker", "Start a worker for that task"],
  // restic, as its built-in tells of it.
  [
    "Cannot open the repository: the password does not open the repository '/srv/r': check 'password_file' or 'password'",
    "wrong password",
    "Put the password that the repository was made with into 'password_file'",
  ],
  [
    "The repository '/srv/r' is no longer there: is its disk mounted, its server right? No new one is made",
    "storage gone",
    "Mount its disk, or start its server",
  ],
  [
    "The repository at '/srv/r' is another one (0123456789) than the one used before (9876543210): is its disk mounted",
    "another repository",
    "Mount the right disk, or correct 'repository'",
  ],
  [
    "Cannot open the repository: there is no repository at '/srv/r': check the place (is it mounted?)",
    "no repository",
    "Mount its disk or correct 'repository', or write 'init: true' if none was made yet",
  ],
  [
    "Cannot make the backup: the repository '/srv/r' is locked by another restic, which may be at work: it is tried again",
    "locked",
    "Let the other restic end, or, where it has surely ended, see 'schelly jobs unlock files'",
  ],
  [
    "Cannot prune: the repository '/srv/r' is in use by this program itself: it is tried again once that has ended",
    "busy",
    "Let what runs there end, or raise 'max_concurrent' where it may do more at a time",
  ],
  [
    "Cannot open the repository: the storage of the repository 's3:x/y' does not let it in: Fatal: Access Denied: check",
    "not let in",
    "Correct the key or password of the storage in 'repository' or 'env'",
  ],
  [
    restic("unable to save snapshot: write /srv/r/data/f5: no space left on device"),
    "no space left",
    "Make room",
  ],
  [
    restic(
      'unable to open config file: Head "http://nas:8000/config": dial tcp nas:8000: connect: connection refused',
    ),
    "connection refused",
    "Start restic's rest-server",
  ],
  [
    restic("dial tcp 10.0.0.9:4711: connect: connection refused"),
    "connection refused",
    "Start what listens there",
  ],
  [
    restic("ssh: connect to host nas port 22: Connection refused"),
    "connection refused",
    "Start the SSH server",
  ],
  [
    restic("dial tcp: lookup nas.invalid: no such host"),
    "host not found",
    "Correct the host's name, or fix the network",
  ],
  [restic("dial tcp 10.0.0.9:22: connect: no route to host"), "no way to the host", "Fix the network"],
  [
    restic("unable to open repository at /srv/r: ReadDir: open /srv/r/keys: permission denied"),
    "permission denied",
    `Give ${USER} the right to '/srv/r/keys'`,
  ],
  [
    restic("Host key verification failed."),
    "unknown host key",
    `Compare the host's key, and have it in ~/.ssh/known_hosts of ${USER}`,
  ],
  [
    restic("the host's key has changed: Host key verification failed."),
    "host key changed",
    "Find out why the host's key is another one, then 'ssh-keygen -R' its name and accept the new one",
  ],
  [
    restic("backup@nas: Permission denied (publickey)."),
    "SSH key refused",
    `Have the SSH key of ${USER} in authorized_keys there`,
  ],
  [
    restic('Head "https://nas:8000/config": x509: certificate signed by unknown authority'),
    "certificate not trusted",
    "Name the file of who signed its certificate as SSL_CERT_FILE in 'env'",
  ],
  [
    restic("x509: certificate has expired or is not yet valid"),
    "certificate expired",
    "Renew its certificate",
  ],
  [
    restic("x509: cannot validate certificate for 10.0.0.9 because it doesn't contain any IP SANs"),
    "certificate of another name",
    "Call it by a name that its certificate has",
  ],
  [
    restic("http: server gave HTTP response to HTTPS client"),
    "no TLS there",
    "Write http:// for https://, or let the server speak TLS",
  ],
  [restic("x509: invalid signature"), "certificate", "Renew or trust its certificate"],
  [
    "'/srv/data' is not there: put back or take out of paths",
    "paths missing",
    "Put back what 'paths' names, or take it out there",
  ],
  [
    "some files could not be read: /etc/shadow (open /etc/shadow: permission denied)",
    "files not read",
    `Let ${USER} read them, or name them in 'exclude'`,
  ],
  [
    "There is nothing new to copy: the newest backup at '/srv/a', 0123, is there already",
    "nothing to copy",
    "Have a backup made in the repository that it copies from",
  ],
  [
    "Cannot tell which snapshot is backup 'b': its tag is on 01, 02",
    "ambiguous",
    "Take the tag or name off all but the right one",
  ],
  [
    "Cannot check: pack 01 is damaged. Look with 'restic check'; nothing is deleted of a job whose guard stands",
    "damaged",
    "Copy the repository somewhere safe, then repair it by restic's manual",
  ],
  [
    "Cannot look: restic took longer than 10 s: raise 'timeout.get' if '/srv/r' is slow",
    "timed out",
    "See why its storage is slow, or raise 'timeout.get'",
  ],
  [
    "it took longer than its limit of 60 s and was ended",
    "timed out",
    "Raise 'create_limit', or let it do less",
  ],
  [
    "Cannot start 'restic': there is no such program: install it, or give its absolute path",
    "program not found",
    "Install 'restic', or write its whole path",
  ],
  [
    restic("The specified bucket does not exist."),
    "no bucket",
    "Make the bucket, or correct its name in 'repository'",
  ],
  [restic("RequestTimeTooSkewed"), "wrong clock", "Set this machine's clock right"],
  [restic("write /srv/r/x: read-only file system"), "read-only", "Mount that so that it can be written"],
  [
    restic("read /srv/r/x: input/output error"),
    "the disk fails",
    "Look at the disk ('dmesg') before more is written there",
  ],
  [
    restic("open /srv/r/x: too many open files"),
    "too many open files",
    "Raise the limit of open files (LimitNOFILE of the unit)",
  ],
  [
    "Cannot make the backup: restic ended with SIGKILL: it gave no reason",
    "killed, or out of memory",
    "See whether memory ran out ('dmesg'), and give it more",
  ],
  [restic("unexpected EOF"), "connection broke", "See the log of what it talks to, and the network between"],
  // backy2.
  [
    "Cannot list: backy2 has no database (no such table: backups): is its disk mounted?",
    "no database",
    "Mount its disk or correct 'config_file', or write 'init: true' if none was made yet",
  ],
  [
    "Cannot delete: Version v is too young. Its configuration 'b.cfg' keeps young versions: lower " +
    "'disallow_rm_when_younger_than_days' (PROTECT_YOUNG_BACKUP_DAYS), or let retention keep them as long",
    "too young",
    "Lower 'disallow_rm_when_younger_than_days' in backy2's configuration",
  ],
  [
    "Cannot delete: Version v is protected. Run 'backy2 unprotect' if it may go",
    "protected",
    "Run 'backy2 unprotect' if the version may go",
  ],
  [
    "Cannot back up: database is locked: another backy2 is at work: it is tried again",
    "locked",
    "Let who holds the lock end",
  ],
  // Commands.
  [command("connect 10.0.0.5:5432: Connection refused"), "connection refused", "Start PostgreSQL"],
  [command("FATAL: password authentication failed for user"), "not let in", "Correct its password or key"],
  [
    command("dump.sh: 3"),
    "dump.sh: 3",
    "Fix what '/srv/dump.sh' says ('schelly runs list --job files' leads to its output)",
  ],
  [
    command("/srv/dump.sh: line 3: pg_dump: command not found"),
    "program not found",
    "Install 'pg_dump', or write its whole path",
  ],
  [
    "'./dump.sh' may not be run: expected an executable file (chmod +x)",
    "may not be run",
    "Make its program executable (chmod +x)",
  ],
  [
    "Cannot start './dump.sh': there is no folder '/srv/x' to run it in: make it or name another one",
    "no folder",
    "Make that folder, or correct 'cwd'",
  ],
  [
    "The pre command '/srv/pause' ended with exit code 2",
    "its hook failed",
    "Fix what '/srv/pause' says ('schelly runs list --job files' leads to its output)",
  ],
  [
    "Cannot read the last line of output '{x': expected {…}",
    "unreadable output",
    "Let the command print what the message expects",
  ],
  [
    command("Cannot connect to the Docker daemon at unix:///var/run/docker.sock"),
    "no Docker",
    `Start Docker, or let ${USER} use its socket`,
  ],
  [command("it timed out"), "timed out", "See why that takes so long, or raise its limit"],
  [command("stat /srv/x: no such file or directory"), "not found", "Put that back, or correct its name"],
  // Providers over HTTP.
  [http("connection refused"), "connection refused", "Start the provider"],
  [http("the host name is not known"), "host not found", "Correct the host's name, or fix the network"],
  [
    http("its certificate is not accepted (UnknownIssuer)"),
    "certificate not trusted",
    "Name the file of who signed its certificate in 'ca_file'",
  ],
  [
    http("the provider does not take our certificate (CertificateUnknown)"),
    "our certificate refused",
    "Renew 'client_cert_file', or have the other side trust who signed it",
  ],
  [http("no answer came within 60 s"), "no answer", "See why the provider does not answer"],
  [
    http("'who are you' (status 401)"),
    "not let in",
    "Correct the token or password that 'headers' or 'url' has for it",
  ],
  [http("status 404"), "nothing at that address", "Correct the path of 'url'"],
  [http("'no such field' (status 422)"), "refused", "Correct what 'body' or 'create_body' sends it"],
  [http("status 429"), "busy", "Let what runs there end"],
  [http("status 502"), "its gateway gets no answer", "Start the provider behind its gateway"],
  [http("'it broke' (status 500)"), "the provider fails", "See the provider's own log"],
  [
    http("status 301, a redirect to 'https://nas/backups', which is not followed"),
    "redirected",
    "Write the address that it redirects to as 'url'",
  ],
  [
    http("its answer is not JSON: '<html>'"),
    "no answer of a provider",
    "Correct 'url': what answers there does not speak the provider protocol",
  ],
  // Any built-in.
  [
    "cut off: the program that made it stopped while it was running (started 2026-11-20T02:00:00Z)",
    "cut off",
    "Let the program run until it is done",
  ],
  [
    "Cannot start a backup: the journal in /var/lib/schelly cannot be written: it failed",
    "journal not writable",
    `Let ${USER} write there, and make room`,
  ],
  [
    command('pg_dump: error: connection to server failed: FATAL:  role "backup" does not exist'),
    "no such role",
    "Create that role at the database, or name another user",
  ],
];
