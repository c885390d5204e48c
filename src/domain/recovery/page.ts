// A page of a few kinds of blocks, written as Markdown or as HTML: one that opens without anything else.

import { plainText } from "../plain_text.ts";

export type Block =
  | { kind: "title" | "heading" | "text"; text: string }
  /** Each begins with its name. */
  | { kind: "facts"; facts: readonly (readonly [name: string, value: string])[] }
  | { kind: "list"; items: readonly string[] }
  /** Lines for a shell, to be copied as they are. */
  | { kind: "commands"; lines: readonly string[] }
  | { kind: "table"; head: readonly string[]; rows: readonly (readonly string[])[] };

/** As Markdown; what others named cannot become markup. */
export function markdownPage(blocks: readonly Block[]): string {
  return blocks.map(markdownOf).join("\n\n") + "\n";
}

function markdownOf(block: Block): string {
  switch (block.kind) {
    case "title":
      return `# ${inMarkdown(block.text)}`;
    case "heading":
      return `## ${inMarkdown(block.text)}`;
    case "text":
      return inMarkdown(block.text);
    case "facts":
      return block.facts.map(([name, value]) => `- **${inMarkdown(name)}**: ${inMarkdown(value)}`).join("\n");
    case "list":
      return block.items.map((item) => `- ${inMarkdown(item)}`).join("\n");
    case "commands":
      return ["```sh", ...block.lines.map(oneLine), "```"].join("\n");
    case "table": {
      const row = (cells: readonly string[]) =>
        `| ${cells.map((cell) => inMarkdown(cell).replaceAll("|", "\\|")).join(" | ")} |`;
      return [row(block.head), row(block.head.map(() => "---")), ...block.rows.map(row)].join("\n");
    }
  }
}

/** As one HTML file without a script, an image or an address. */
export function htmlPage(title: string, blocks: readonly Block[]): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${inHtml(title)}</title>
<style>
body { font: 15px/1.5 sans-serif; max-width: 60em; margin: 2em auto; padding: 0 1em; }
pre { background: #eee; padding: 1em; white-space: pre-wrap; overflow-wrap: anywhere; }
table { border-collapse: collapse; } th, td { border: 1px solid #999; padding: .2em .6em; text-align: left; }
h2 { border-top: 1px solid #999; padding-top: .6em; break-after: avoid; } pre, table { break-inside: avoid; }
</style></head><body>
${blocks.map(htmlOf).join("\n")}
</body></html>
`;
}

function htmlOf(block: Block): string {
  switch (block.kind) {
    case "title":
      return `<h1>${inHtml(block.text)}</h1>`;
    case "heading":
      return `<h2>${inHtml(block.text)}</h2>`;
    case "text":
      return `<p>${inHtml(block.text)}</p>`;
    case "facts":
      return `<ul>${
        block.facts.map(([name, value]) => `<li><b>${inHtml(name)}</b>: ${inHtml(value)}</li>`).join("")
      }</ul>`;
    case "list":
      return `<ul>${block.items.map((item) => `<li>${inHtml(item)}</li>`).join("")}</ul>`;
    case "commands":
      return `<pre>${block.lines.map((line) => inHtml(oneLine(line))).join("\n")}</pre>`;
    case "table": {
      const row = (cells: readonly string[], tag: "th" | "td") =>
        `<tr>${cells.map((cell) => `<${tag}>${inHtml(cell)}</${tag}>`).join("")}</tr>`;
      return `<table>${row(block.head, "th")}${block.rows.map((cells) => row(cells, "td")).join("")}</table>`;
    }
  }
}

/** A line of a name cannot end the block that it stands in. */
function oneLine(text: string): string {
  return plainText(text).replaceAll("\n", " ");
}

function inMarkdown(text: string): string {
  return oneLine(text).replace(/[\\`<>#[\]]|\*\*/g, (found) => [...found].map((one) => `\\${one}`).join(""));
}

function inHtml(text: string): string {
  const names: Record<string, string> = { "&": "amp", "<": "lt", ">": "gt", '"': "quot" };
  return plainText(text).replace(/[&<>"]/g, (found) => `&${names[found]};`);
}
