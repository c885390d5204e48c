// Takes the secrets of a provider's settings out of texts, and those of the bodies that jobs bring with their calls.

import type { Json } from "../../domain/job.ts";
import type { HttpProviderSpec } from "../../domain/provider_spec.ts";
import { createRedactor, secretsIn } from "../protocol/redact.ts";

interface LearningRedactor {
  redact(text: string): string;
  /** From now on, what is secret in this body is taken out too. */
  learn(body: Json | undefined): void;
}

/** Knows the secrets of the settings; a job may have a body of its own, which they do not show. */
export function createLearningRedactor(
  spec: Pick<HttpProviderSpec, "headers" | "url" | "hidden" | "createBody" | "deleteBody">,
): LearningRedactor {
  const bodySecrets = new Set([...secretsIn(spec.createBody), ...secretsIn(spec.deleteBody)]);
  let redactKnown = createRedactor(spec, bodySecrets);
  return {
    redact: (text) => redactKnown(text),
    learn(body) {
      const before = bodySecrets.size;
      for (const secret of secretsIn(body)) bodySecrets.add(secret);
      if (bodySecrets.size > before) redactKnown = createRedactor(spec, bodySecrets);
    },
  };
}
