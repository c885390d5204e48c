// Which names are those of secrets, and how short a secret can be guessed.

/** Names of variables whose values are secret. */
export const SECRET_NAME = /pass|secret|token|key|credential|auth|sas/i;

/** Tokens of fewer characters can be guessed. */
export const SHORT_TOKEN = 16;
