#!/bin/sh
# reeve: starts the version of Reeve that is installed; packaging/README.md says why it is found so.

lib=@PREFIX@/lib/reeve
code=$lib/@ID@
if [ -r "$lib/kept/current" ]; then
  read -r id <"$lib/kept/current"
  if [ -x "$lib/kept/$id/reeve" ]; then code=$lib/kept/$id; fi
fi
# With these pip's command speaks to the launcher; nobody else's say what runs here.
unset REEVE_NODE REEVE_PYTHON REEVE_PROGRAM
exec "$code/reeve" "$@"
