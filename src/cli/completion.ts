// `schelly completion bash | zsh | fish`: scripts that complete commands and options, made from the command tree.

import type { Command } from "commander";
import { commandTree, type ShownCommand, VALUE_KINDS, type ValueKind } from "./command_tree.ts";
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
    const command = completion.command(name).description(`print completions for ${name}`);
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
# Names and ids that the server knows; nothing where it does not answer at once.
_schelly_values() {
  local line=\${COMP_LINE:0:\${COMP_POINT:-0}} word='' before='' name i words
  read -r -a words <<< "$line"
  word=\${line##*[[:space:]]}
  # Readline parts words at more than spaces, and replaces only the last part.
  for ((i = \${#word}; i > 0; i--)); do
    case "$COMP_WORDBREAKS" in *"\${word:i-1:1}"*) before=\${word:0:i}; break ;; esac
  done
  compopt -o nosort 2>/dev/null
  while IFS=$'\\t' read -r name _; do
    case "$name" in "$word"*) COMPREPLY+=("\${name#"$before"}") ;; esac
  done < <("\${COMP_WORDS[0]/#\\~/$HOME}" complete "$1" -- "\${words[@]:1}" 2>/dev/null)
}
_schelly() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} at='' word i words='' files='' values=''
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    case "$at $word" in
      ${commandPattern(tree)}) at="$at $word" ;;
    esac
  done
  COMPREPLY=()
  case "$at $prev" in
${choiceCases(tree, (words) => `COMPREPLY=($(compgen -W ${quoted(words)} -- "$cur"))`)}
  esac
  case "$prev" in
    ${valuePattern(tree, "path")}) COMPREPLY=($(compgen -f -- "$cur")); return ;;
${
    optionKinds(tree).map((kind) => `    ${valuePattern(tree, kind)}) _schelly_values ${kind}; return ;;`)
      .join("\n")
  }
    ${valuePattern(tree, "other")}) return ;;
  esac
  case "$at" in
${
    tree.map((command) =>
      `    ${quoted(pathOf(command))}) words=${quoted(wordsOf(command).join(" "))}${extras(command)} ;;`
    ).join("\n")
  }
  esac
  if [ -n "$values" ] && [ "\${cur#-}" = "$cur" ]; then
    _schelly_values "$values"
    if [ \${#COMPREPLY[@]} -gt 0 ]; then return; fi
  fi
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
# Names and ids that the server knows; nothing where it does not answer at once.
_schelly_values() {
  local line
  local -a found
  for line in "\${(@f)$(\${~words[1]} complete $1 -- \${(@Q)words[2,CURRENT-1]} 2>/dev/null)}"; do
    [[ -n $line ]] && found+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done
  (( $#found )) && _describe -V $1 found
}
_schelly() {
  local at='' word prev=\${words[CURRENT-1]} files='' values=''
  local -a entries
  for word in \${words[2,CURRENT-1]}; do
    case "$at $word" in
      ${commandPattern(tree)}) at="$at $word" ;;
    esac
  done
  case "$at $prev" in
${choiceCases(tree, (words) => `compadd -- ${words}`)}
  esac
  case "$prev" in
    ${valuePattern(tree, "path")}) _files; return ;;
${
    optionKinds(tree).map((kind) => `    ${valuePattern(tree, kind)}) _schelly_values ${kind}; return ;;`)
      .join("\n")
  }
    ${valuePattern(tree, "other")}) return ;;
  esac
  case "$at" in
${
    tree.map((command) => {
      const entries = [
        ...command.children.flatMap(({ name, description }) => described({ names: [name], description })),
        ...command.options.flatMap(described),
      ];
      return `    ${quoted(pathOf(command))}) entries=(${entries.join(" ")})${extras(command)} ;;`;
    }).join("\n")
  }
  esac
  [[ -n "$values" && $PREFIX != -* ]] && _schelly_values $values && return
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
    "# Names and ids that the server knows; nothing where it does not answer at once.",
    "function __schelly_values",
    "  set -l words (commandline -opc)",
    "  $words[1] complete $argv[1] -- $words[2..-1] 2>/dev/null",
    "end",
    "complete -c schelly -f",
  ];
  for (const command of tree) {
    const when = `-n ${quoted(`__schelly_at "${pathOf(command)}"`)}`;
    for (const { name, description } of command.children) {
      lines.push(`complete -c schelly ${when} -a ${name} -d ${quoted(description)}`);
    }
    for (const { names, description, value, choices } of command.options) {
      const forms = names.map((name) =>
        name.startsWith("--") ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`
      );
      const takes = value === null
        ? ""
        : value === "path"
        ? " -r -F"
        : ` -x${choices.length > 0 ? ` -a ${quoted(choices.join(" "))}` : offering(value)}`;
      lines.push(`complete -c schelly ${when} ${forms.join(" ")}${takes} -d ${quoted(description)}`);
    }
    if (command.takesPath) lines.push(`complete -c schelly ${when} -F`);
    if (command.names !== null) lines.push(`complete -c schelly ${when}${offering(command.names)}`);
  }
  return `${lines.join("\n")}\n`;
}

/** In the order in which the server tells them. */
function offering(value: string): string {
  return value === "other" ? "" : ` -k -a '(__schelly_values ${value})'`;
}

/** What else a command completes, for bash and zsh. */
function extras({ takesPath, names }: ShownCommand): string {
  return `${takesPath ? " files=1" : ""}${names === null ? "" : ` values=${names}`}`;
}

/** The kinds that some option takes. */
function optionKinds(tree: readonly ShownCommand[]) {
  return VALUE_KINDS.filter((kind) => valuePattern(tree, kind) !== "");
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
function valuePattern(tree: readonly ShownCommand[], value: ValueKind | "path" | "other"): string {
  const names = tree.flatMap(({ options }) => options.filter((option) => option.value === value))
    .flatMap((option) => option.names);
  return [...new Set(names)].join("|");
}

/** For each option whose value is one of a few words: what offers these, for bash and zsh. */
function choiceCases(tree: readonly ShownCommand[], offer: (words: string) => string): string {
  return tree.flatMap((command) =>
    command.options.filter(({ choices }) => choices.length > 0).map(({ names, choices }) => {
      const pattern = names.map((name) => quoted(`${pathOf(command)} ${name}`)).join("|");
      return `    ${pattern}) ${offer(choices.join(" "))}; return ;;`;
    })
  ).join("\n");
}

/** In single quotes, for all three shells. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "’").replaceAll("\\", "\\\\").replaceAll("\\\\:", "\\:")}'`;
}
