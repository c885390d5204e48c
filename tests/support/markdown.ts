// What a page of documentation holds besides its words: blocks of code, links, and what they lead to; files it names.

/** A fenced block. */
export interface CodeBlock {
  language: string;
  text: string;
  /** Of its first line, from 1. */
  line: number;
}

/** Every fenced block, without the indentation of its fence. */
export function codeBlocks(page: string): CodeBlock[] {
  const blocks: CodeBlock[] = [];
  let open: { fence: string; indent: string } | undefined;
  for (const [at, line] of page.split("\n").entries()) {
    const [, indent, fence, language] = /^( *)(`{3,})(\w*)\s*$/.exec(line) ?? [];
    if (open !== undefined && fence === open.fence && language === "") open = undefined;
    else if (open !== undefined) {
      blocks.at(-1)!.text += `${line.startsWith(open.indent) ? line.slice(open.indent.length) : line}\n`;
    } else if (fence !== undefined) {
      open = { fence, indent: indent! };
      blocks.push({ language: language!, text: "", line: at + 2 });
    }
  }
  return blocks;
}

/** Targets of links and pictures, as written. */
export function linksOf(page: string): string[] {
  return [...prose(page).matchAll(/\]\(([^()\s]+)\)/g)].map(([, target]) => target!);
}

/** The anchors of its headings, as a forge makes them. */
export function anchorsOf(page: string): Set<string> {
  const headings = [...prose(page).matchAll(/^#+ (.*)$/gm)].map(([, text]) => text!);
  return new Set(
    headings.map((text) =>
      text.toLowerCase().replaceAll(/[^\p{L}\p{N}\s_-]/gu, "").trim().replaceAll(" ", "-")
    ),
  );
}

/** Files and folders (`src/engine/`) that the page names in code, in its words or as words of its blocks of commands. */
export function filesIn(page: string): string[] {
  const spans = [...prose(page).matchAll(/`([^`\n]+)`/g)].map(([, text]) => text!);
  const commands = codeBlocks(page).filter(({ language }) => language === "sh").map(({ text }) => text);
  const words = [...spans, ...commands].flatMap((text) => text.split(/[\s=]+/));
  return words.filter((word) => /^[\w.-]+(\/[\w.-]+)*(\/|\.(ts|sh|md|json|ya?ml))$/.test(word));
}

/** The page without its fenced blocks. */
function prose(page: string): string {
  return page.replaceAll(/^( *)(`{3,})[^`]*\n[\s\S]*?^\1\2\s*$/gm, "");
}
