// Authorities and what they sign, made by openssl.

import type { Rig } from "./program.ts";
import { requireTool } from "./require_tool.ts";

/** Why tests with certificates are skipped; false: they are not. */
export const skipOpenssl = requireTool("openssl");

/** Makes `NAME.pem` and `NAME.key` of an authority in the rig's folder. */
export async function makeAuthority(rig: Rig, name: string): Promise<void> {
  await rig.tool([
    "openssl",
    ...["req", "-x509", ...KEY, "-days", "30", "-subj", `/CN=${name}`],
    ...["-keyout", `${rig.folder}/${name}.key`, "-out", `${rig.folder}/${name}.pem`],
  ]);
}

/** Makes `NAME.pem` and `NAME.key`, signed by that authority, for this machine. */
export async function makeCertificate(rig: Rig, name: string, authority: string): Promise<void> {
  const [own, its] = [`${rig.folder}/${name}`, `${rig.folder}/${authority}`];
  await rig.tool([
    "openssl",
    ...["req", "-x509", "-CA", `${its}.pem`, "-CAkey", `${its}.key`, ...KEY, "-days", "30"],
    ...["-subj", `/CN=${name}`, "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"],
    ...["-addext", "basicConstraints=critical,CA:FALSE", "-keyout", `${own}.key`, "-out", `${own}.pem`],
  ]);
}

const KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
