// Which names are those of secrets.

/** Names of variables whose values are secret. */
export const SECRET_NAME = /pass|secret|token|key|credential|auth|sas/i;
