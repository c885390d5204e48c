// Passwords in addresses that somebody else wrote.

/** Programs print addresses whole, also such as nobody here knows. */
const PASSWORD_IN_URL = /([a-z][a-z0-9+.-]{0,30}:\/\/[^\s/:@'"<>]{0,200}:)[^\s/@'"<>]{1,200}@/gi;

/** A text without the password of any URL in it, whoever wrote it. */
export function hideUrlPasswords(text: string): string {
  return text.includes("://") ? text.replace(PASSWORD_IN_URL, "$1<redacted>@") : text;
}
