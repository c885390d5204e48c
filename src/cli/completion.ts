// `schelly completion bash | zsh | fish`: scripts that complete commands and options, made from the command tree.

import type { Command } from "commander";
import { commandTree, type ShownCommand } from "./command_tree.ts";
import { EXIT } from "./terminal/exit.ts";
import { type Context, example } from "./terminal/options.ts";

const SHELLS = {
  bash: { script: bashScript, lines: ["schelly completion bash > /etc/bash_completion.d/schelly"] },
  zsh: {
    script: zshScript,
    lines: ["schelly completion zsh > /usr/local/share/zsh/site-functions/_schelly"],
  },
  fish: { script: fishScript, lines: ["schelly completion fish > ~/.config/fish/completions/schelly.fish"] },
};

/** Declares the commands. */
export function addCompletion(program: Command, { host, finish }: Context): void {
  const completion = program.command("completion").description("print completions for a shell");
  for (const [name, { script, lines }] of Object.entries(SHELLS)) {
    const command = completion.command(name).description(`completions for ${name}`);
    example(command, ...lines);
    command.action(() => {
      host.terminal.out(script(commandTree(program)));
      finish(EXIT.ok);
    });
  }
}

/** Completions for bash 3.2 and later, with or without the package bash-completion. */
function bashScript(tree: readonly ShownCommand[]): string {
  return `# bash completion for schelly; made by \`schelly completion bash\`.
_schelly() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} at='' word i words='' files=''
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    case "$at $word" in
      ${commandPattern(tree)}) at="$at $word" ;;
    esac
  done
  COMPREPLY=()
  case "$prev" in
    ${valuePattern(tree, "path")}) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    ${valuePattern(tree, "other")}) return ;;
  esac
  case "$at" in
${
    tree.map((command) =>
      `    ${quoted(pathOf(command))}) words=${quoted(wordsOf(command).join(" "))}${
        command.takesPath ? " files=1" : ""
      } ;;`
    ).join("\n")
  }
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
  if [ -n "$files" ] && [ "\${cur#-}" = "$cur" ]; then COMPREPLY+=($(compgen -f -- "$cur")); fi
}
complete -F _schelly schelly
`;
}

/** Completions for zsh, for a folder of its $fpath. */
function zshScript(tree: readonly ShownCommand[]): string {
  const described = ({ names, description }: { names: string[]; description: string }) =>
    names.map((name) => quoted(`${name.replaceAll(":", "\\:")}:${description}`));
  return `#compdef schelly
# zsh completion for schelly; made by \`schelly completion zsh\`.
_schelly() {
  local at='' word prev=\${words[CURRENT-1]} files=''
  local -a entries
  for word in \${words[2,CURRENT-1]}; do
    case "$at $word" in
      ${commandPattern(tree)}) at="$at $word" ;;
    esac
  done
  case "$prev" in
    ${valuePattern(tree, "path")}) _files; return ;;
    ${valuePattern(tree, "other")}) return ;;
  esac
  case "$at" in
${
    tree.map((command) => {
      const entries = [
        ...command.children.flatMap(({ name, description }) => described({ names: [name], description })),
        ...command.options.flatMap(described),
      ];
      return `    ${quoted(pathOf(command))}) entries=(${entries.join(" ")})${
        command.takesPath ? " files=1" : ""
      } ;;`;
    }).join("\n")
  }
  esac
  _describe 'schelly' entries
  [ -n "$files" ] && _files
  return 0
}
if [ "$funcstack[1]" = _schelly ]; then _schelly "$@"; else compdef _schelly schelly; fi
`;
}

/** Completions for fish. */
function fishScript(tree: readonly ShownCommand[]): string {
  const lines = [
    "# fish completion for schelly; made by `schelly completion fish`.",
    "function __schelly_at",
    "  set -l at ''",
    "  for word in (commandline -opc)[2..-1]",
    `    switch "$at $word"`,
    `      case ${
      tree.filter(({ path }) => path.length > 0).map((command) => quoted(pathOf(command))).join(" ")
    }`,
    `        set at "$at $word"`,
    "    end",
    "  end",
    `  test "$at" = "$argv[1]"`,
    "end",
    "complete -c schelly -f",
  ];
  for (const command of tree) {
    const when = `-n ${quoted(`__schelly_at "${pathOf(command)}"`)}`;
    for (const { name, description } of command.children) {
      lines.push(`complete -c schelly ${when} -a ${name} -d ${quoted(description)}`);
    }
    for (const { names, description, value } of command.options) {
      const forms = names.map((name) =>
        name.startsWith("--") ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`
      );
      const takes = value === null ? "" : value === "path" ? " -r -F" : " -x";
      lines.push(`complete -c schelly ${when} ${forms.join(" ")}${takes} -d ${quoted(description)}`);
    }
    if (command.takesPath) lines.push(`complete -c schelly ${when} -F`);
  }
  return `${lines.join("\n")}\n`;
}

/** ` backups list`; empty for the program. */
function pathOf({ path }: ShownCommand): string {
  return path.map((word) => ` ${word}`).join("");
}

function wordsOf({ children, options }: ShownCommand): string[] {
  return [...children.map(({ name }) => name), ...options.flatMap(({ names }) => names)];
}

/** What the words so far spell when they are commands. */
function commandPattern(tree: readonly ShownCommand[]): string {
  return tree.filter(({ path }) => path.length > 0).map((command) => quoted(pathOf(command))).join("|");
}

/** The options that take such a value. */
function valuePattern(tree: readonly ShownCommand[], value: "path" | "other"): string {
  const names = tree.flatMap(({ options }) => options.filter((option) => option.value === value))
    .flatMap((option) => option.names);
  return [...new Set(names)].join("|");
}

/** In single quotes, for all three shells. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "’").replaceAll("\\", "\\\\").replaceAll("\\\\:", "\\:")}'`;
}
