#!/bin/sh
# reeve: finds the Node that Reeve was made for, and becomes it.
#
# Three things can only be done here, before Node runs:
# - notice that SIGHUP is ignored (nohup) and what the soft limit of open files is; Node resets the
#   one and raises the other. Both go to the master in REEVE_LAUNCH.
# - make room for the process title. `ps` shows what stands where the arguments were, so a title
#   can be as long as they are; the option --conditions is here for its length alone.
# - keep SIGUSR1 from opening the debugger, from the first moment on.
#
# In a package, node and reeve.mjs stand beside this file; in a checkout, this is dist/reeve. The
# wheel's command (wheel-command.py) names its node in REEVE_NODE; as an npm package, Reeve runs on
# the node that npm runs on.

self=$0
if [ -L "$self" ]; then self=$(readlink -f -- "$self"); fi
case $self in
*/*) here=${self%/*} ;;
*) here=. ;;
esac

node=
for candidate in ${REEVE_NODE:+"$REEVE_NODE"} "$here"/node \
  "$here"/../node_modules/node-linux-*/bin/node; do
  if [ -f "$candidate" ] && [ -x "$candidate" ]; then
    node=$candidate
    break
  fi
done
unset REEVE_NODE
if [ -z "$node" ] && node=$(command -v node); then
  version=$("$node" --version 2>/dev/null) || version=unknown
  major=${version#v}
  major=${major%%.*}
  case $major in
  '' | *[!0-9]*) major=0 ;;
  esac
  if [ "$major" -lt 24 ]; then
    echo "reeve: Reeve needs Node 24 or newer, and $node is version $version; install a newer one, or put it first on PATH" >&2
    exit 71
  fi
fi
if [ -z "$node" ]; then
  echo "reeve: the Node runtime is missing: neither $here/node nor $here/../node_modules/node-linux-*/bin/node can be run, and no node is on PATH; install Reeve again (in a checkout: make build), or Node 24 or newer" >&2
  exit 71
fi
if [ ! -f "$here/reeve.mjs" ]; then
  echo "reeve: $here/reeve.mjs is missing; install Reeve again (in a checkout: make build)" >&2
  exit 71
fi

# Without a subshell: a process that cannot be forked must not keep a command from running.
REEVE_LAUNCH=
while read -r first second third soft hard _; do
  case "$first $second $third" in
  "Max open files")
    REEVE_LAUNCH="nofile=$soft"
    # Node ends with SIGSEGV or SIGABRT where it has too few. It raises the soft limit by itself.
    if [ "$hard" != unlimited ] && [ "$hard" -lt 32 ]; then
      echo "reeve: a process may have only $hard open files (LimitNOFILE= of the unit, ulimit -n): Reeve needs 32 to start, and then one for each client and each thread of a worker" >&2
      exit 71
    fi
    ;;
  esac
done <"/proc/$$/limits"
while read -r key value; do
  case $key$value in
  SigIgn:*[13579bdf])
    REEVE_LAUNCH="$REEVE_LAUNCH sighup=ignored"
    break
    ;;
  SigIgn:*) break ;;
  esac
done <"/proc/$$/status"
export REEVE_LAUNCH

# NODE_OPTIONS is the application's: it would open a debugger in Reeve, or keep it from starting.
if [ -n "${NODE_OPTIONS+set}" ]; then
  export REEVE_NODE_OPTIONS="$NODE_OPTIONS"
  unset NODE_OPTIONS
fi

fifty=reeve-title-reeve-title-reeve-title-reeve-title-xx
# Master and commands have little to do beside their one thread.
exec "$node" --disable-sigusr1 --v8-pool-size=1 --disable-warning=ExperimentalWarning --title=reeve \
  --conditions="$fifty$fifty$fifty$fifty" -- "$here/reeve.mjs" "$@"
