// Whether a provider is there, as its calls tell: one that answers in whatever way it should is, busy or not.

/** What the calls of one provider have told. UTC ms. */
export interface Contact {
  /** Of the last one that was answered; null: none was yet. */
  answeredAt: number | null;
  /** Null: the last one was. */
  trouble: ContactTrouble | null;
}

/** Calls in a row that nobody answered, or that were turned away. */
export interface ContactTrouble {
  /** Of the first of them. */
  since: number;
  /** What the last of them met. */
  message: string;
  calls: number;
}

/** What came of a call. */
export interface CallAnswer {
  at: number;
  status: number | "error";
  unreadable: boolean;
  /** Why there was no answer, or what it said; absent: nothing. */
  why?: string;
}

/** Whoever asks is not let in, or asks another one than is there. */
const TURNED_AWAY: ReadonlySet<number> = new Set([401, 403, 407, 421]);

/** What is known after one more call. */
export function contactAfter(
  before: Contact | undefined,
  { at, status, unreadable, why }: CallAnswer,
): Contact {
  if (isAnswered(status) && !unreadable) return { answeredAt: at, trouble: null };
  const answered = `it answered ${status}${unreadable ? " without readable JSON" : ""}`;
  const { since = at, calls = 0 } = before?.trouble ?? {};
  return {
    answeredAt: before?.answeredAt ?? null,
    trouble: { since, calls: calls + 1, message: why ?? (status === "error" ? "no answer" : answered) },
  };
}

function isAnswered(status: number | "error"): boolean {
  if (status === "error") return false;
  return status < 300 || status === 501 || (status >= 400 && status < 500 && !TURNED_AWAY.has(status));
}
