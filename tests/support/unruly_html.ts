// What in a page the policy would not let happen, or what somebody's text became that should have stayed text.

const TAG = /<(?:!doctype html|\/[a-z][\w-]*|([a-z][\w-]*)((?:\s+[\w:-]+(?:="[^"<]*")?)*)\s*\/?)>/gi;
const ATTRIBUTE = /([\w:-]+)(?:="([^"]*)")?/g;
const NEVER = ["style", "iframe", "object", "embed", "base"];

/** Each thing that runs, draws or asks by itself, or is no tag of ours at all; a page of ours has none. */
export function unruly(page: string): string[] {
  const found: string[] = [];
  for (const [tag, name, attributes] of page.matchAll(TAG)) {
    if (name === undefined) continue;
    const values = new Map(
      [...attributes!.matchAll(ATTRIBUTE)].map(([, key, value]) => [key!.toLowerCase(), value ?? ""]),
    );
    const addresses = ["href", "src", "action", "formaction", "xlink:href"].flatMap((key) =>
      values.get(key) ?? []
    );
    const isUnruly = NEVER.includes(name) || (name === "script" && !values.get("src")?.startsWith("/")) ||
      [...values.keys()].some((key) => key === "style" || key.startsWith("on") || key.startsWith("hx-on")) ||
      addresses.some((address) => /^\s*[a-z]+:|^\/\//i.test(address)) || values.has("srcdoc");
    if (isUnruly) found.push(tag);
  }
  const rest = page.replaceAll(TAG, "");
  for (const [text] of rest.matchAll(/[<>].{0,60}/g)) found.push(text);
  return found;
}
