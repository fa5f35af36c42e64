/**
 * What a real shell offers behind a command line, with the completion that is given to it.
 *
 * bash is driven through the variables that it gives a completion function, fish says it itself,
 * and zsh completes in a terminal of its own (zpty), where what is offered is written down.
 */

import { spawnSync } from 'node:child_process';

import type { Place } from './place.ts';

export const shells = ['bash', 'zsh', 'fish'] as const;

export type Shell = (typeof shells)[number];

export function isHere(shell: Shell): boolean {
  return spawnSync(shell, ['--version']).error === undefined;
}

/** The names by which the shells find the files. */
const names: Readonly<Record<Shell, string>> = {
  bash: 'reeve.bash',
  zsh: '_reeve',
  fish: 'reeve.fish',
};

const mark = '==';

/** Prints each line behind a mark, and what is offered below it. */
const drivers: Readonly<Record<Shell, string>> = {
  bash: `source ../reeve.bash
for line in "$@"; do
  printf '%s\\n' '${mark}'
  words=$(sed -E 's/[=:]+/ & /g' <<<"$line")
  read -r -a COMP_WORDS <<<"$words"
  [[ $words == *' ' && $words != *['=:']' ' ]] && COMP_WORDS+=('')
  COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
  _reeve
  [[ \${#COMPREPLY[@]} -gt 0 ]] && printf '%s\\n' "\${COMPREPLY[@]}"
done
exit 0
`,
  fish: `source ../reeve.fish
for line in $argv
    echo '${mark}'
    complete -C $line
end
`,
  zsh: `zmodload zsh/zpty
# As long as a slow machine may need; what never comes is a failure of the test.
await() { repeat 1000; do grep -q $1 ../offered && return; sleep 0.02; done; print "no $1"; exit 1 }
: > ../offered
zpty shell "zsh -f -i"
zpty -w shell "source ../inside.zsh"
await READY
for line in "$@"; do
  : > ../offered
  zpty -w -n shell "$line"$'\\t'
  await END
  print -r -- '${mark}'
  grep -v END ../offered
  zpty -w -n shell $'\\x15'
done
zpty -d shell
exit 0
`,
};

/** The shell in the terminal: what is offered goes to a file, and the line stays as it was. */
const insideZsh = `PROMPT=''
fpath=(\${PWD:h} $fpath)
autoload -Uz compinit
compinit -u -D
compadd() {
  if [[ \${@[1,(i)(-|--)]} == *-(O|A|D)\\ * ]]; then builtin compadd "$@"; return; fi
  local -a hits
  builtin compadd -A hits "$@"
  (( $#hits )) && print -rl -- $hits >> ../offered
  builtin compadd "$@"
}
listed() {
  _main_complete
  print END >> ../offered
  compstate[insert]='' compstate[list]=''
}
zle -C listed complete-word listed
bindkey '^I' listed
print READY >> ../offered
`;

/** The last part of each word that is offered behind each line, sorted, in the directory `here`. */
export async function offers(
  place: Place,
  shell: Shell,
  completion: string,
  lines: readonly string[],
  runtimeDirectory: string,
): Promise<string[]> {
  place.write(names[shell], completion);
  place.write(`drive.${shell}`, drivers[shell]);
  place.write('inside.zsh', insideZsh);
  const flags = { bash: ['--norc'], zsh: ['-f'], fish: ['--no-config'] }[shell];
  const command = [shell, ...flags, `../drive.${shell}`, ...lines];
  const env = {
    HOME: place.directory,
    PATH: `${place.path('bin')}:${process.env['PATH']}`,
    XDG_RUNTIME_DIR: runtimeDirectory,
  };
  const cwd = place.path('here');
  const { output } = await place.run(command, { cwd, env, timeoutMs: 60_000 });
  const [before = '', ...blocks] = output.split(new RegExp(`^${mark}\n`, 'm'));
  if (before !== '' || blocks.length !== lines.length) throw new Error(`${shell}: ${output}`);
  return blocks.map((block) => {
    const words = block.split('\n').map(lastPart);
    return [...new Set(words.filter((word) => word !== ''))].toSorted().join(' ');
  });
}

/** `--chdir=d/sub/` with a description behind a tab, `d/sub` and `sub` are the same offer. */
function lastPart(line: string): string {
  const [word = ''] = line.split('\t');
  const value = word.replace(/^--?[^=]*=/, '').replace(/\/$/, '');
  return value.slice(value.lastIndexOf('/') + 1);
}
