// The certificate and key of HTTPS: read whole with the rest, so that a reload takes over what was checked.

import { judgeCertificate, judgeKey } from "./pem.ts";
import type { ServerBuild } from "./server_build.ts";
import type { TlsConfig } from "../values/config.ts";
import type { ServerSettings } from "../schema/schema_server.ts";

/** The PEM texts; null where HTTPS is not asked for. Whether the two fit shows when they are used. */
export function buildTls(
  settings: ServerSettings["tls"],
  { report, secrets }: ServerBuild,
): TlsConfig | null {
  if (settings === undefined) return null;
  const certPath = ["server", "tls", "cert_file"];
  const keyPath = ["server", "tls", "key_file"];
  const cert = secrets.textAt(certPath);
  const key = secrets.textAt(keyPath);
  if (cert !== undefined) {
    judgeCertificate(cert, settings.cert_file, certPath, report, ", the server's own first");
  }
  if (key !== undefined) judgeKey(key, settings.key_file, keyPath, report);
  return {
    certFile: secrets.fileAt(certPath),
    keyFile: secrets.fileAt(keyPath),
    cert: cert ?? "",
    key: key ?? "",
  };
}
