// Certificates and keys as PEM: what a file holds in the place of one.

import type { Report } from "../document/report.ts";
import type { Path } from "../document/tree.ts";

const CERTIFICATE = /-----BEGIN CERTIFICATE-----/;
const KEY = /-----BEGIN (RSA |EC )?PRIVATE KEY-----/;
const ENCRYPTED = /-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m;

/** True when the text may be a certificate; else it is reported. `more` ends what was expected. */
export function judgeCertificate(
  text: string,
  written: string,
  path: Path,
  report: Report,
  more = "",
): boolean {
  if (CERTIFICATE.test(text)) return true;
  const what = KEY.test(text) || ENCRYPTED.test(text) ? "holds a key" : "holds no certificate";
  report.add(path, { message: `'${written}' ${what}: expected PEM with BEGIN CERTIFICATE${more}` });
  return false;
}

/** True when the text may be a key that needs no passphrase; else it is reported. */
export function judgeKey(text: string, written: string, path: Path, report: Report): boolean {
  if (ENCRYPTED.test(text)) {
    report.add(path, {
      message: `'${written}' is encrypted: expected a key without a passphrase`,
      hint: "openssl pkey -in KEY -out PLAIN",
    });
    return false;
  }
  if (KEY.test(text)) return true;
  const what = CERTIFICATE.test(text) ? "holds a certificate" : "holds no key";
  report.add(path, { message: `'${written}' ${what}: expected PEM with BEGIN PRIVATE KEY` });
  return false;
}
