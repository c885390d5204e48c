// Text of others without what steers a terminal or ends a field.

/** Each control character but the end of a line and the tab becomes a space. */
export function plainText(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g, " ");
}
