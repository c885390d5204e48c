// The head of the audit trail as people keep it elsewhere.

/** `1234:ab12…`, the number of the last event and its digest. */
export function formatHead({ link, digest }: { link: number; digest: string }): string {
  return `${link}:${digest}`;
}

/** Undefined for what is neither that nor a digest alone, whose `link` is null. */
export function parseHead(text: string): { link: number | null; digest: string } | undefined {
  const [, link, digest] = /^(?:(\d{1,15}):)?([0-9a-f]{64})$/.exec(text.trim().toLowerCase()) ?? [];
  return digest === undefined ? undefined : { link: link === undefined ? null : Number(link), digest };
}

/** What is said where it is neither. */
export const HEAD_EXPECTED = "expected NUMBER:DIGEST, as 'schelly audit head' prints it, or the digest alone";
