/**
 * The part of the completion for bash that does not depend on the tables.
 */

import { writtenMark } from '../tables/commands.ts';
import { configurationEndings } from './completion.ts';

/** Functions that find instances and units by looking at files. */
export const bashHelpers = `_reeve_instances() {
  local path
  for path in /etc/reeve/*.ini; do
    [[ -e $path ]] && path=\${path##*/} && printf '%s\\n' "\${path%.ini}"
  done
  for path in /run/reeve/*/control.sock \${XDG_RUNTIME_DIR:+"$XDG_RUNTIME_DIR"/reeve/*/control.sock}; do
    [[ -e $path ]] && path=\${path%/*} && printf '%s\\n' "\${path##*/}"
  done
}

_reeve_enabled() {
  local path
  for path in $(grep -ls '^${writtenMark}' /etc/systemd/system/*.service); do
    path=\${path##*/} && printf '%s\\n' "\${path%.service}"
  done
}

_reeve_configurations() {
  local ending
  for ending in ${configurationEndings.join(' ')}; do
    compgen -f -X "!*.$ending" "$@"
  done
  compgen -d "$@"
}

# Offers values of this kind, and these words too.
_reeve_offer() {
  local kind=$1 before=$2 now=$3 words="\${*:4}"
  local -a found
  case $kind in
    file) compopt -o filenames 2>/dev/null; mapfile -t found < <(compgen -f -P "$before" -- "$now") ;;
    directory | mapped-directory)
      [[ $kind == mapped-directory && $now == *=* ]] && before+=\${now%=*}= && now=\${now##*=}
      compopt -o filenames 2>/dev/null
      mapfile -t found < <(compgen -d -P "$before" -- "$now") ;;
    configuration)
      compopt -o filenames 2>/dev/null
      mapfile -t found < <(_reeve_configurations -P "$before" -- "$now") ;;
    address)
      [[ $now == */* ]] || return
      compopt -o filenames 2>/dev/null
      mapfile -t found < <(compgen -f -P "$before" -- "$now") ;;
    user) mapfile -t found < <(compgen -u -P "$before" -- "$now") ;;
    group) mapfile -t found < <(compgen -g -P "$before" -- "$now") ;;
    instance | enabled)
      [[ $kind == instance ]] && words+=" $(_reeve_instances)" || words+=" $(_reeve_enabled)"
      compopt -o filenames 2>/dev/null
      mapfile -t found < <(_reeve_configurations -P "$before" -- "$now") ;;
  esac
  COMPREPLY+=("\${found[@]}")
  mapfile -t found < <(compgen -W "$words" -P "$before" -- "$now")
  COMPREPLY+=("\${found[@]}")
}
`;

/** Finds out what is being completed, and offers values for it. */
export const bashMain = `_reeve() {
  local now=\${COMP_WORDS[COMP_CWORD]} before='' command='' flag='' at place=0 joined=''
  local -a commands value=()
  COMPREPLY=()
  _reeve_is_command "\${COMP_WORDS[1]}" && [[ $COMP_CWORD -gt 1 ]] && command=\${COMP_WORDS[1]}

  # Bash cuts words at "=": --static-map=/s=/srv is five of them, of which the first is the flag.
  at=$((COMP_CWORD - 1))
  [[ $now == = ]] && now='' joined=1
  while [[ $at -gt 0 && \${COMP_WORDS[at]} != -* ]] &&
    [[ \${COMP_WORDS[at]} == = || \${COMP_WORDS[at + 1]} == = ]]; do
    at=$((at - 1))
  done
  flag=\${COMP_WORDS[at]}
  [[ \${COMP_WORDS[at + 1]} == = ]] && joined=1
  # In other cases the flag is a part of the word.
  [[ $now == --*=* ]] && flag=\${now%%=*} before=$flag= now=\${now#*=} joined=1
  if [[ $flag == -* ]]; then
    _reeve_value_of "$command" "$flag"
    # An optional value is never a word of its own.
    if [[ \${value[0]-} == optional ]]; then
      value=("\${value[@]:1}")
      [[ -n $joined ]] || value=()
    fi
    if [[ \${#value[@]} -gt 0 ]]; then
      _reeve_offer "\${value[0]}" "$before" "$now" "\${value[@]:1}"
      return
    fi
  fi
  if [[ $now == -* ]]; then
    _reeve_flags "$command"
    mapfile -t COMPREPLY < <(compgen -W "\${value[*]}" -- "$now")
    return
  fi
  if [[ -z $command ]]; then
    _reeve_offer configuration '' "$now"
    [[ $COMP_CWORD -eq 1 ]] && _reeve_offer words '' "$now" "\${commands[@]}"
    return
  fi
  for ((at = 2; at < COMP_CWORD; at++)); do
    if [[ \${COMP_WORDS[at]} == -* ]]; then
      value=()
      _reeve_value_of "$command" "\${COMP_WORDS[at]}"
      if [[ \${COMP_WORDS[at + 1]} == = ]]; then
        at=$((at + 2))
      elif [[ \${#value[@]} -gt 0 && \${value[0]} != optional ]]; then
        at=$((at + 1))
      fi
    else
      place=$((place + 1))
    fi
  done
  value=()
  _reeve_argument "$command" "$place"
  [[ \${#value[@]} -gt 0 ]] && _reeve_offer "\${value[0]}" '' "$now" "\${value[@]:1}"
}

complete -F _reeve reeve
`;
