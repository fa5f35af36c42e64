#!/bin/sh
# reeve: starts the installed version of Reeve; packaging/README.md explains how it finds it.

lib=@PREFIX@/lib/reeve
code=$lib/@ID@
if [ -r "$lib/kept/current" ]; then
  read -r id <"$lib/kept/current"
  if [ -x "$lib/kept/$id/reeve" ]; then code=$lib/kept/$id; fi
fi
# pip's command sets these for the launcher; from elsewhere they must not decide what runs here.
unset REEVE_NODE REEVE_PYTHON REEVE_PROGRAM
exec "$code/reeve" "$@"
