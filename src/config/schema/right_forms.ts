// How a value is written whose form people often take for another one: shown beside what is wrong.

/** By key, wherever it stands, or only within another one. Each is a value that is taken as it stands. */
export const RIGHT_FORMS: Record<string, string> = {
  "notify.rules": "[{ to: [phone], on: [failing, recovered] }]",
  "rules.to": "[phone]",
  "rules.on": "[failing, late, recovered]",
  "rules.jobs": '["db-*"]',
  "email.to": "[ops@example.org]",
  argv: "[program, argument]",
  on_success: "[program, argument]",
  on_failure: "[program, argument]",
  pre: "[program, argument]",
  post: "[program, argument]",
  metrics: "{ jobs: top:10 }",
  restore: "{ roots: [/srv/restored] }",
  roots: "[/srv/restored]",
  recovery_sheet: "{ to: /mnt/elsewhere/schelly }",
  heartbeat: "{ url_file: /etc/schelly/heartbeat, every: 1m }",
  ping: "{ url_file: /etc/schelly/ping }",
  retry: "{ attempts: 2, after: 10m }",
  expect: "[{ max_gap: 26h, within: 30d }]",
  retention: "{ daily: 7, weekly: 4 }",
  paths: "[/home, /etc]",
  exclude: '["*.tmp"]',
  state: '{ url: "file:/var/lib/schelly/schelly.db" }',
  notify:
    "{ channels: { mail: { type: email, host: mail.example.org, from: schelly@example.org, to: [ops@example.org] } } }",
  channels: "{ phone: { type: ntfy, url_file: /etc/schelly/topic } }",
};

/** The form for the value at a path, by what stands there; `within` is the key of the mapping or list that it stands in. */
export function rightForm(path: readonly (string | number)[], value?: unknown): string | undefined {
  const keys = path.filter((step) => typeof step === "string");
  const [within, key] = [keys.at(-2), keys.at(-1)];
  if (key === undefined || typeof path.at(-1) === "number") return undefined;
  if (key === "retention") {
    if (typeof value === "number" && Number.isSafeInteger(value) && value > 0) return `{ daily: ${value} }`;
    if (typeof value === "string" && /^\d{1,5}[dh]$/.test(value)) return `{ keep_within: ${value} }`;
  }
  if (key === "state" && typeof value === "string" && /^(?:file:|\.?\/)[\w./-]+$/.test(value)) {
    return `{ url: "file:${value.replace(/^file:/, "")}" }`;
  }
  // The keys of these are names that anybody chose.
  if (within === "channels") return RIGHT_FORMS.channels!.replace(/^\{ phone: | \}$/g, "");
  return [`${within}.${key}`, key].map((name) =>
    Object.hasOwn(RIGHT_FORMS, name) ? RIGHT_FORMS[name] : undefined
  ).find((form) => form !== undefined);
}
