// Which answers count as `success` and which as `error`, the two words of the original.

type AnswerStatus = "success" | "error";

/** What says "done", or "there is nothing of the kind", where that is as good: by operation, besides 2xx. */
const AS_GOOD: Record<string, readonly number[]> = {
  // The original took 404 for deleted; 410 says so in one word.
  delete: [404, 410],
  // Providers without extensions, the original's among them, know no OPTIONS.
  options: [404, 405, 501],
};

/**
 * Of a call to a provider, by the original's rule: 2xx with what was asked for, and of a DELETE also that the backup is
 * not there. A GET that finds none is an `error` as it was with the original, though it is an answer: the code tells
 * the 404 from an outage. `code`: null for no answer. `isReadable`: false where JSON was asked for and none came.
 */
export function callStatus(operation: string, code: number | null, isReadable: boolean): AnswerStatus {
  const isGood = code !== null &&
    (code >= 200 && code < 300 || AS_GOOD[operation]?.includes(code) === true);
  return isGood && isReadable ? "success" : "error";
}

/**
 * Of a request to the API: the caller got what it asked for, which is all below 400, `304 Not Modified` and redirects
 * included. The original knew no other refusal than 500.
 */
export function requestStatus(code: number): AnswerStatus {
  return code < 400 ? "success" : "error";
}
