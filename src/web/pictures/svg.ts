// SVG as text, everything in it escaped: elements are made by `el`, and whatever is no element is text.

/** Text that is SVG already; only `el` makes it. */
export class Markup {
  constructor(readonly text: string) {}
}

export type Child = Markup | string | number | null | readonly Child[];
type Attributes = Readonly<Record<string, string | number | null>>;

/** One element. Attributes that are null are left out; numbers are rounded to tenths, and have to be finite. */
export function el(name: string, attributes: Attributes, ...children: Child[]): Markup {
  let text = `<${name}`;
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== null) text += ` ${key}="${typeof value === "number" ? tenths(value) : escaped(value)}"`;
  }
  const inside = textOf(children);
  return new Markup(inside === "" ? `${text}/>` : `${text}>${inside}</${name}>`);
}

/** A number as coordinates are written; throws `RangeError` for what is none, before a picture shows it. */
export function tenths(value: number): string {
  if (!Number.isFinite(value)) throw new RangeError(`internal rule broken: ${value} is a place in a picture`);
  return String(Math.round(value * 10) / 10 + 0);
}

function textOf(child: Child): string {
  if (child === null) return "";
  if (child instanceof Markup) return child.text;
  if (typeof child === "number") return tenths(child);
  return typeof child === "string" ? escaped(child) : child.map(textOf).join("");
}

const ENTITIES: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Names and messages come from anywhere: characters that XML cannot hold become the sign for that. */
function escaped(text: string): string {
  return text
    // deno-lint-ignore no-control-regex
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "\ufffd")
    .toWellFormed()
    .replace(/[&<>"']/g, (sign) => ENTITIES[sign]!);
}
