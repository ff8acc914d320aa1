import { type Command, UsageError } from './command.js'

/**
 * The completion script of a shell.
 *
 * @throws UsageError for a shell that has none
 */
export function completion(shell: string | undefined, commands: readonly Command[]): string {
  const make = shell === undefined ? undefined : scripts[shell]
  if (make === undefined || !Object.hasOwn(scripts, shell as string))
    throw new UsageError(`spoor completion: expected ${Object.keys(scripts).join(', ')}; as in: spoor completion bash`)
  return make(commands)
}

const scripts: Readonly<Record<string, (commands: readonly Command[]) => string>> = { bash, zsh, fish }

const optionsOf = ({ options }: Command): string => [...options.map(({ name }) => `--${name}`), '--help'].join(' ')

/** The options whose values are directories or one of some words, by option. */
function choices(commands: readonly Command[]): Map<string, readonly string[]> {
  const all = commands.flatMap(({ options }) => options)
  return new Map(all.flatMap(({ name, choices: some }) => (some === undefined ? [] : [[name, some]])))
}

function bash(commands: readonly Command[]): string {
  const names = [...commands.map(({ name }) => name), 'completion'].join(' ')
  const values = [...choices(commands)].map(
    ([name, some]) => `    --${name}) COMPREPLY=($(compgen -W '${some.join(' ')}' -- "$word")); return ;;`,
  )
  const options = commands.map((one) => `    ${one.name}) COMPREPLY=($(compgen -W '${optionsOf(one)}' -- "$word")) ;;`)
  return `# spoor completion bash > /etc/bash_completion.d/spoor
_spoor() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}"
  case "$before" in
    --dir) COMPREPLY=($(compgen -d -- "$word")); return ;;
${values.join('\n')}
  esac
  if [ "$COMP_CWORD" = 1 ]; then COMPREPLY=($(compgen -W '${names}' -- "$word")); return; fi
  case "\${COMP_WORDS[1]}" in
${options.join('\n')}
    completion) COMPREPLY=($(compgen -W 'bash zsh fish' -- "$word")) ;;
  esac
}
complete -F _spoor spoor
`
}

function zsh(commands: readonly Command[]): string {
  const named = commands.map(({ name, says }) => `    '${name}:${quoted(says)}'`)
  const options = commands.map((one) => {
    const own = one.options.map(({ name, value, says, choices: some }) => {
      const values = name === 'dir' ? ':directory:_directories' : some ? `:${name}:(${some.join(' ')})` : `:${name}:`
      return `'--${name}[${quoted(says)}]${value === undefined ? '' : values}'`
    })
    return `    ${one.name}) _arguments ${[...own, "'--help[this text]'"].join(' ')} ;;`
  })
  return `#compdef spoor
# spoor completion zsh > "\${fpath[1]}/_spoor"
_spoor() {
  local -a commands=(
${named.join('\n')}
    'completion:the completion of a shell'
  )
  if (( CURRENT == 2 )); then _describe command commands; return; fi
  local name=$words[2]
  shift words; (( CURRENT-- ))
  case $name in
${options.join('\n')}
    completion) _arguments '1:shell:(bash zsh fish)' ;;
  esac
}
_spoor "$@"
`
}

function fish(commands: readonly Command[]): string {
  const lines = commands.flatMap((one) => [
    `complete -c spoor -f -n __fish_use_subcommand -a ${one.name} -d '${quoted(one.says)}'`,
    ...one.options.map(({ name, value, says, choices: some }) => {
      const values =
        value === undefined
          ? ''
          : name === 'dir'
            ? " -x -a '(__fish_complete_directories)'"
            : ` -x${some ? ` -a '${some.join(' ')}'` : ''}`
      return `complete -c spoor -n '__fish_seen_subcommand_from ${one.name}' -l ${name}${values} -d '${quoted(says)}'`
    }),
  ])
  return `# spoor completion fish > ~/.config/fish/completions/spoor.fish
${lines.join('\n')}
complete -c spoor -f -n __fish_use_subcommand -a completion -d 'the completion of a shell'
complete -c spoor -f -n '__fish_seen_subcommand_from completion' -a 'bash zsh fish'
`
}

/** Help texts have no apostrophes and brackets that a shell would read. */
function quoted(text: string): string {
  return text.replace(/['[\]:]/g, ' ')
}
