// The certificate and key of HTTPS: read whole with the rest, so that a reload takes over what was checked.

import type { ServerBuild } from "./server_build.ts";
import type { TlsConfig } from "../values/config.ts";
import type { ServerSettings } from "../schema/schema_server.ts";

const CERTIFICATE = /-----BEGIN CERTIFICATE-----/;
const KEY = /-----BEGIN (RSA |EC )?PRIVATE KEY-----/;
const ENCRYPTED = /-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m;

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
  if (cert !== undefined && !CERTIFICATE.test(cert)) {
    const what = KEY.test(cert) || ENCRYPTED.test(cert) ? "holds a key" : "holds no certificate";
    report.add(certPath, {
      message: `'${settings.cert_file}' ${what}: expected PEM with BEGIN CERTIFICATE, the server's own first`,
    });
  }
  if (key !== undefined && ENCRYPTED.test(key)) {
    report.add(keyPath, {
      message: `'${settings.key_file}' is encrypted: expected a key without a passphrase`,
      hint: "openssl pkey -in KEY -out PLAIN",
    });
  } else if (key !== undefined && !KEY.test(key)) {
    const what = CERTIFICATE.test(key) ? "holds a certificate" : "holds no key";
    report.add(keyPath, {
      message: `'${settings.key_file}' ${what}: expected PEM with BEGIN PRIVATE KEY`,
    });
  }
  return {
    certFile: secrets.fileAt(certPath),
    keyFile: secrets.fileAt(keyPath),
    cert: cert ?? "",
    key: key ?? "",
  };
}
