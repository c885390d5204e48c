// How a check of the conformance tester ends when it does not pass: failed, with what to fix, or skipped.

/** What was sent and what came back, in words without secrets. */
export interface Evidence {
  sent: string;
  received: string;
}

/** The provider breaks the clause; the message says what was expected. */
export class CheckFailure extends Error {
  constructor(expected: string, readonly mend: string, readonly evidence?: Evidence) {
    super(expected);
  }
}

/** The clause could not be tried; `because` is the failure of another check that this one builds on. */
export class Skip extends Error {
  constructor(why: string, readonly because?: { check: string; failure: CheckFailure }) {
    super(why);
  }
}

/** Something several checks build on, done once; its failure is the failure of the check of this name. */
export interface Step<T> {
  readonly check: string;
  /** Does it, or answers what came of it before. */
  take(): Promise<T>;
}

/** Not done yet. */
export function createStep<T>(check: string, work: () => Promise<T>): Step<T> {
  let done: Promise<T> | undefined;
  return { check, take: () => done ??= work() };
}

/** What a step gives to a check that only builds on it: rejects with `Skip` when the step failed. */
export async function needs<T>(step: Step<T>): Promise<T> {
  try {
    return await step.take();
  } catch (error) {
    if (!(error instanceof CheckFailure)) throw error;
    throw new Skip(`it builds on '${step.check}', which failed`, { check: step.check, failure: error });
  }
}
