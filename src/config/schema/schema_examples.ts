// Examples that editors offer for the keys of the configuration whose values are texts of a form of their own.

/** By key, wherever it stands as a text, or only within another one. */
export const EXAMPLES: Record<string, readonly unknown[]> = {
  listen: ["127.0.0.1:8080", "0.0.0.0:8080", "none"],
  socket: ["/run/schelly/schelly.sock"],
  cert_file: ["/etc/schelly/tls/fullchain.pem"],
  key_file: ["/etc/schelly/tls/privkey.pem"],
  stop_timeout: ["30s"],
  schedule: ["0 0 */4 * * *", "0 3 * * *", "@daily"],
  timezone: ["Europe/Berlin", "UTC"],
  jitter: ["5m"],
  start_deadline: ["4h"],
  grace_time: ["1h"],
  max_duration: ["6h"],
  retry_interval: ["5s"],
  poll_interval: ["5s"],
  min_size: ["10MiB"],
  from: ["2026-12-01", "2026-12-01T18:00:00Z"],
  to: ["2026-12-31"],
  "snapshots.to": ["/var/lib/schelly/snapshots"],
  min_age: ["7d"],
  policy_change_hold: ["1h"],
  hourly: [6, "24@0"],
  daily: [7, "7@3"],
  weekly: [4, "4@SUN"],
  monthly: [3, "2@L"],
  yearly: [2, "2@12"],
};
