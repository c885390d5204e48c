// What goes wrong, by its words: in short, and what a person does about it. The one table for every place that says so.

/** Reads what stands in the words of a failure. */
type AdviceOf = (words: string) => string;

interface KnownCause {
  words: RegExp;
  short: string;
  /**
   * Begins a sentence that may go on with what comes then; JOB is the name of the job. A function where what is to be done
   * depends on further words.
   */
  advice: string | AdviceOf;
}

/** Programs whose ports people know by their names. */
const PROGRAMS: Record<string, string> = {
  "22": "the SSH server",
  "3306": "MySQL",
  "5432": "PostgreSQL",
  "6379": "Redis",
  "8000": "restic's rest-server",
  "9000": "MinIO",
  "27017": "MongoDB",
};
const PORT = /(?::| port )(\d{2,5})\b/;
/** As every failed call of a provider over HTTP is told, see `CallError`. */
const OVER_HTTP = /: cannot [^:]+ at (?:provider )?'/;
/** As built-in restic tells of its own. */
const OF_RESTIC = /\brestic\b|\brepository\b/i;

/** `name`, or what the words name themselves, in quotes. */
function named(pattern: RegExp, name: string): AdviceOf {
  return (words) => {
    const found = pattern.exec(words)?.slice(1).find((group) => group !== undefined);
    return found === undefined ? name : `'${found}'`;
  };
}

const fileOf = named(/\b(?:open|stat|lstat|mkdir|read|write|readdirent|chdir|unlink) (\/[^\s:']+)/, "that");
const programOf = named(
  /Cannot start '([^']+)'|'([^']+)' was not found|([^\s:]+): command not found/,
  "its program",
);
const commandOf = named(/\b(?:\w+) command '([^']+)'/, "its command");

/** The first that fits counts: what only one tool says, what all programs say, then what only tells which part failed. */
export const KNOWN_CAUSES: readonly KnownCause[] = [
  // What Schelly ended itself, whatever that said before; see `cancelled.ts`.
  {
    words: /^it had not ended after .*cancelled/i,
    short: "did not end",
    advice: (words) =>
      `See what it waits for, or raise '${/'max_duration'/.test(words) ? "max_duration" : "grace_time"}'`,
  },
  {
    words: /does not end and cannot be cancelled/i,
    short: "does not end",
    advice: "End it at its provider",
  },
  { words: /^cancelled: /i, short: "cancelled", advice: "See why it was cancelled" },
  // restic and backy2, as their built-ins tell of them.
  {
    words: /does not open the repository|wrong password or no key found/i,
    short: "wrong password",
    advice: "Put the password that the repository was made with into 'password_file'",
  },
  {
    words: /is no longer there: is its disk mounted/i,
    short: "storage gone",
    advice: "Mount its disk, or start its server",
  },
  {
    words: /is another one \(\w+\) than the one used before/i,
    short: "another repository",
    advice: "Mount the right disk, or correct 'repository'",
  },
  {
    words: /there is no repository at|is there a repository at the following/i,
    short: "no repository",
    advice: "Mount its disk or correct 'repository', or write 'init: true' if none was made yet",
  },
  {
    words: /backy2 has no database/i,
    short: "no database",
    advice: "Mount its disk or correct 'config_file', or write 'init: true' if none was made yet",
  },
  {
    words: /disallow_rm_when_younger_than_days/i,
    short: "too young",
    advice: "Lower 'disallow_rm_when_younger_than_days' in backy2's configuration",
  },
  { words: /backy2 unprotect/i, short: "protected", advice: "Run 'backy2 unprotect' if the version may go" },
  {
    words:
      /not there: put back or take out of (?:paths|exclude_files)|all (?:source|target) (?:directories\/files|paths) do not exist/i,
    short: "paths missing",
    advice: "Put back what 'paths' names, or take it out there",
  },
  {
    words: /some files could not be read/i,
    short: "files not read",
    advice: "Let the user that Schelly runs as read them, or name them in 'exclude'",
  },
  {
    words: /there is nothing (?:new )?to copy/i,
    short: "nothing to copy",
    advice: "Have a backup made in the repository that it copies from",
  },
  {
    words: /cannot tell which (?:snapshot|version) is backup/i,
    short: "ambiguous",
    advice: "Take the tag or name off all but the right one",
  },
  {
    words: /look with 'restic check'|ciphertext verification failed|was just found damaged/i,
    short: "damaged",
    advice: "Copy the repository somewhere safe, then repair it by restic's manual",
  },
  // Conductor.
  {
    words: /no such workflow defined|it is not defined there: register it/i,
    short: "workflow not defined",
    advice:
      "Register the workflows at the Conductor server (deploy/conductor/register.sh), or correct 'create_workflow' and " +
      "'remove_workflow'",
  },
  {
    words: /no worker ever asked for this task|a worker asked for it .* ago: start one/i,
    short: "no worker",
    advice: "Start a worker for that task",
  },
  // SSH and TLS.
  {
    words: /the host's key has changed|remote host identification has changed/i,
    short: "host key changed",
    advice:
      "Find out why the host's key is another one, then 'ssh-keygen -R' its name and accept the new one",
  },
  {
    words: /host key verification failed|\bknown_?hosts\b|no \w+ host key is known/i,
    short: "unknown host key",
    advice: "Compare the host's key, and have it in ~/.ssh/known_hosts of the user that Schelly runs as",
  },
  {
    words: /permission denied \((?:publickey|password|keyboard)|too many authentication failures/i,
    short: "SSH key refused",
    advice: "Have the SSH key of the user that Schelly runs as in authorized_keys there",
  },
  {
    words: /does not take our certificate|tls: (?:bad certificate|certificate required)/i,
    short: "our certificate refused",
    advice: "Renew 'client_cert_file', or have the other side trust who signed it",
  },
  {
    words: /unknown ?(?:authority|issuer)|self[- ]signed|local issuer|CaUsedAsEndEntity/i,
    short: "certificate not trusted",
    advice: (words) =>
      OF_RESTIC.test(words)
        ? "Name the file of who signed its certificate as SSL_CERT_FILE in 'env'"
        : "Name the file of who signed its certificate in 'ca_file'",
  },
  {
    words:
      /certificate (?:has )?expired|not ?yet ?valid|cert\w*expired|\(Expired\)|invalid peer certificate: Expired/i,
    short: "certificate expired",
    advice: "Renew its certificate",
  },
  {
    words:
      /cannot validate certificate for|certificate is (?:only )?valid for|not valid for name|NotValidForName/i,
    short: "certificate of another name",
    advice: "Call it by a name that its certificate has",
  },
  {
    words: /HTTP response to HTTPS client|look like a TLS handshake|InvalidContentType|wrong version number/i,
    short: "no TLS there",
    advice: "Write http:// for https://, or let the server speak TLS",
  },
  { words: /certificate|x509/i, short: "certificate", advice: "Renew or trust its certificate" },
  // The network.
  {
    words: /connection refused|ECONNREFUSED/i,
    short: "connection refused",
    advice(words) {
      if (OVER_HTTP.test(words)) return "Start the provider";
      return `Start ${PROGRAMS[PORT.exec(words)?.[1] ?? ""] ?? "what listens there"}`;
    },
  },
  {
    words:
      /could not resolve|name resolution|no such host|ENOTFOUND|dns error|name or service not known|host name is not known/i,
    short: "host not found",
    advice: "Correct the host's name, or fix the network",
  },
  {
    words: /network is (?:unreachable|down)|no route to host|EHOSTUNREACH|ENETUNREACH/i,
    short: "no way to the host",
    advice: "Fix the network",
  },
  {
    words: /cannot connect to the docker daemon/i,
    short: "no Docker",
    advice: "Start Docker, or let the user that Schelly runs as use its socket",
  },
  // The machine.
  {
    words:
      /no space left|ENOSPC|disk (?:is )?full|quota (?:has been )?exceeded|insufficient storage|status 507/i,
    short: "no space left",
    advice: "Make room",
  },
  {
    words: /read-only file system|EROFS/i,
    short: "read-only",
    advice: "Mount that so that it can be written",
  },
  {
    words: /input\/output error|structure needs cleaning|stale (?:nfs )?file handle/i,
    short: "the disk fails",
    advice: "Look at the disk ('dmesg') before more is written there",
  },
  {
    words: /too many open files|EMFILE/i,
    short: "too many open files",
    advice: "Raise the limit of open files (LimitNOFILE of the unit)",
  },
  {
    words: /cannot allocate memory|out of memory|\bSIGKILL\b|signal: killed|exit code 137/i,
    short: "killed, or out of memory",
    advice: "See whether memory ran out ('dmesg'), and give it more",
  },
  {
    words: /RequestTimeTooSkewed|clock skew|time too skewed/i,
    short: "wrong clock",
    advice: "Set this machine's clock right",
  },
  {
    words: /there is no folder '[^']*' to run it in/i,
    short: "no folder",
    advice: "Make that folder, or correct 'cwd'",
  },
  {
    words:
      /there is no such program|was not found: (?:it is in no folder|there is no such file)|command not found|exit code 127/i,
    short: "program not found",
    advice: (words) => `Install ${programOf(words)}, or write its whole path`,
  },
  {
    words: /may not be run|exit code 126/i,
    short: "may not be run",
    advice: (words) => `Make ${programOf(words)} executable (chmod +x)`,
  },
  // Who asks, and what they may.
  {
    words: /\brole "?[\w.-]+"? does not exist/i,
    short: "no such role",
    advice: "Create that role at the database, or name another user",
  },
  {
    words:
      /does not let it in|wrong password|unauthorized|forbidden|authentication|access ?denied|no pg_hba\.conf entry|NOAUTH|WRONGPASS|InvalidAccessKeyId|SignatureDoesNotMatch|\b40[13]\b/i,
    short: "not let in",
    advice: (words) =>
      OVER_HTTP.test(words)
        ? "Correct the token or password that 'headers' or 'url' has for it"
        : /does not let it in/.test(words)
        ? "Correct the key or password of the storage in 'repository' or 'env'"
        : "Correct its password or key",
  },
  {
    words: /permission denied|EACCES|EPERM|not permitted/i,
    short: "permission denied",
    advice: (words) => `Give the user that Schelly runs as the right to ${fileOf(words)}`,
  },
  // What is busy, or slow.
  {
    words: /in use by this program itself|is running, and this provider makes|its turn at provider/i,
    short: "busy",
    advice: "Let what runs there end, or raise 'max_concurrent' where it may do more at a time",
  },
  {
    words: /\block(?:ed)?\b/i,
    short: "locked",
    advice: (words) =>
      /\brestic\b/.test(words)
        ? "Let the other restic end, or, where it has surely ended, see 'schelly jobs unlock JOB'"
        : "Let who holds the lock end",
  },
  {
    words: /longer than its limit of/i,
    short: "timed out",
    advice: "Raise 'create_limit', or let it do less",
  },
  {
    words: /raise 'timeout\.get'|could not open '[^']*' within/i,
    short: "timed out",
    advice: "See why its storage is slow, or raise 'timeout.get'",
  },
  { words: /no answer came within/i, short: "no answer", advice: "See why the provider does not answer" },
  {
    words: /timed? ?out|ETIMEDOUT|took (?:longer|too long)/i,
    short: "timed out",
    advice: "See why that takes so long, or raise its limit",
  },
  // What a provider over HTTP answers.
  {
    words: /a redirect to '/i,
    short: "redirected",
    advice: "Write the address that it redirects to as 'url'",
  },
  { words: /\(?status 40[45]\b/i, short: "nothing at that address", advice: "Correct the path of 'url'" },
  {
    words: /\(?status 4(?:00|13|15|22)\b/i,
    short: "refused",
    advice: "Correct what 'body' or 'create_body' sends it",
  },
  { words: /\(?status (?:409|425|429)\b/i, short: "busy", advice: "Let what runs there end" },
  {
    words: /\(?status 50[24]\b/i,
    short: "its gateway gets no answer",
    advice: "Start the provider behind its gateway",
  },
  { words: /\(?status 5\d\d\b/i, short: "the provider fails", advice: "See the provider's own log" },
  {
    words: /its answer (?:is not JSON|is empty|names no usable backup|could not be read)/i,
    short: "no answer of a provider",
    advice: "Correct 'url': what answers there does not speak the provider protocol",
  },
  {
    words: /connection broke|connection reset|broken pipe|unexpected EOF|ECONNRESET|EPIPE/i,
    short: "connection broke",
    advice: "See the log of what it talks to, and the network between",
  },
  // What is not there.
  {
    words: /no ?such ?bucket|bucket (?:does not|doesn't) exist/i,
    short: "no bucket",
    advice: "Make the bucket, or correct its name in 'repository'",
  },
  {
    words: /no such file|not found|ENOENT|does not exist|is not there/i,
    short: "not found",
    advice: "Put that back, or correct its name",
  },
  // Which part failed, where its words say no more.
  { words: /^cut off: /i, short: "cut off", advice: "Let the program run until it is done" },
  {
    words: /Cannot read the (?:last line of output|output of the \w+ command)/i,
    short: "unreadable output",
    advice: "Let the command print what the message expects",
  },
  {
    words: /\bThe (?:pre|post|on_success|on_failure|test) command '/,
    short: "its hook failed",
    advice: (words) =>
      `Fix what ${commandOf(words)} says ('schelly runs list --job JOB' leads to its output)`,
  },
  {
    words: /\bthe (?:create|delete|get|list|verify|restore|browse) command '/,
    short: "its command failed",
    advice: (words) =>
      `Fix what ${commandOf(words)} says ('schelly runs list --job JOB' leads to its output)`,
  },
  {
    words: /\bjournal\b.*\b(?:cannot be written|is damaged)|Cannot write in/i,
    short: "journal not writable",
    advice: "Let the user that Schelly runs as write there, and make room",
  },
];

/** The first of the table that these words tell of; undefined for none. */
export function knownCause(words: string): KnownCause | undefined {
  return KNOWN_CAUSES.find((cause) => cause.words.test(words));
}

/** What to do first, within a sentence; undefined where nobody can say more than that it has to be fixed. */
export function knownAdvice(words: string, job?: string): string | undefined {
  const known = knownCause(words);
  if (known === undefined) return undefined;
  const advice = typeof known.advice === "string" ? known.advice : known.advice(words);
  return (advice.charAt(0).toLowerCase() + advice.slice(1)).replace("JOB", job ?? "JOB");
}

/** The same as the beginning of a sentence. */
export function adviceOn(words: string, job?: string): string {
  const advice = knownAdvice(words, job) ?? "fix that";
  return advice.charAt(0).toUpperCase() + advice.slice(1);
}
