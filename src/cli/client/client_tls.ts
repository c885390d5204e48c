// The certificates to call with whoever is signed by one's own authority, or asks who calls.

import type { ClientTls, Host } from "../../ports/host.ts";
import { EXIT, Failure } from "../terminal/exit.ts";

/** Paths, as the flags give them. */
export interface TlsFlags {
  caFile?: string;
  clientCertFile?: string;
  clientKeyFile?: string;
}

const FLAGS = { ca: "--ca-file", cert: "--client-cert-file", key: "--client-key-file" } as const;

/** The host, calling with these certificates. Rejects with a usage failure that says which cannot be used. */
export async function hostWithTls(
  { caFile, clientCertFile, clientKeyFile }: TlsFlags,
  host: Host,
): Promise<Host> {
  const tls: ClientTls = {};
  for (const [part, path] of Object.entries({ ca: caFile, cert: clientCertFile, key: clientKeyFile })) {
    const flag = FLAGS[part as keyof typeof FLAGS];
    if (path === undefined) continue;
    try {
      tls[part as keyof ClientTls] = await host.files.readText(path);
    } catch (error) {
      throw new Failure(EXIT.usage, `Cannot read ${flag} ${path}: ${(error as Error).message}`);
    }
  }
  if (Object.keys(tls).length === 0) return host;
  if ((tls.cert === undefined) !== (tls.key === undefined)) {
    throw new Failure(EXIT.usage, `Cannot use one of ${FLAGS.cert} and ${FLAGS.key} alone: expected both`);
  }
  const trouble = host.tlsTrouble(tls);
  if (trouble !== undefined) {
    throw new Failure(EXIT.usage, `Cannot use ${FLAGS[trouble.part]}: it ${trouble.why}`);
  }
  return { ...host, http: host.httpWith(tls) };
}
