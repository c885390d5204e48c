// Reads SVG strictly, as a tree: what is not well formed, or has an attribute twice, is an error.

/** One element of a picture. */
export interface Node {
  name: string;
  attributes: Readonly<Record<string, string>>;
  children: Node[];
  /** All text within, as it is read. */
  text: string;
}

const TAG = /^<(\/?)([a-z]+)((?: [a-zA-Z0-9:-]+="[^"<]*")*)(\/?)>/;
const ENTITIES: Record<string, string> = {
  "&amp;": "&",
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&#39;": "'",
};

/** The outermost element; throws for what is not one well-formed element. */
export function readSvg(svg: string): Node {
  const root: Node = { name: "", attributes: {}, children: [], text: "" };
  const open = [root];
  for (let at = 0; at < svg.length;) {
    const rest = svg.slice(at, at + 20_000);
    if (svg[at] !== "<") {
      const end = svg.indexOf("<", at);
      const text = plain(svg.slice(at, end < 0 ? svg.length : end));
      for (const node of open) node.text += text;
      at = end < 0 ? svg.length : end;
      continue;
    }
    const found = TAG.exec(rest);
    if (found === null) throw new Error(`no tag: ${rest.slice(0, 60)}`);
    const [whole, isEnd, name, attributes, isEmpty] = found as unknown as [
      string,
      string,
      string,
      string,
      string,
    ];
    at += whole.length;
    if (isEnd !== "") {
      if (open.pop()!.name !== name) throw new Error(`</${name}> ends another element`);
      continue;
    }
    const node: Node = { name, attributes: attributesOf(attributes), children: [], text: "" };
    open.at(-1)!.children.push(node);
    if (isEmpty === "") open.push(node);
  }
  if (open.length !== 1 || root.children.length !== 1) throw new Error("expected one element, closed");
  return root.children[0]!;
}

/** An element and all within it. */
export function* everyNode(node: Node): Generator<Node> {
  yield node;
  for (const child of node.children) yield* everyNode(child);
}

/** Those whose class has each of the words. */
export function ofClass(node: Node, ...words: string[]): Node[] {
  return [...everyNode(node)].filter(({ attributes }) => {
    const own = (attributes.class ?? "").split(" ");
    return words.every((word) => own.includes(word));
  });
}

function attributesOf(text: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [, key, value] of text.matchAll(/ ([a-zA-Z0-9:-]+)="([^"]*)"/g)) {
    if (key! in found) throw new Error(`${key} is there twice`);
    found[key!] = plain(value!);
  }
  return found;
}

function plain(text: string): string {
  return text.replace(/&[^;]{0,8};?/g, (entity) => {
    const sign = ENTITIES[entity];
    if (sign === undefined) throw new Error(`'${entity}' is no entity`);
    return sign;
  });
}
