#!/bin/sh
# What is to be done on a machine when Reeve's files have come, or are about to go. The scripts of
# both packages call it; after `make install` it is yours to call, as root.
#
#   maintain installed   the user, the directories, and a copy of this version that stays
#   maintain upgraded    what runs gets this version; copies that nobody runs go
#   maintain removing    what runs ends; the copies go
#
# dpkg and rpm take an old version's files away at once, while masters still run it and start
# workers and gateways from it. So nothing runs from the package's own files, but from a copy by
# hard links, kept/ID, which goes when no process has its Node any more.
set -eu

lib=@PREFIX@/lib/reeve
id=@ID@
kept=$lib/kept

# What is made here is for all to run, whatever the umask of whoever calls.
umask 022

installed() {
  systemd-sysusers reeve.conf
  # It also says what of a file system without xattrs it could not do.
  systemd-tmpfiles --create reeve.conf || true
  if has_systemd; then systemctl daemon-reload || true; fi
  keep || not_kept
}

keep() {
  why=
  # Damaged copies are made anew, so that a reinstallation is a repair.
  is_whole || copy || return
  # An older `maintain`, under umask 077, shut it.
  chmod 755 "$kept" 2>/dev/null || true
  chmod 644 "$kept/current" 2>/dev/null || true
  [ "$(in_force)" != "$id" ] || return 0
  why=$({ echo "$id" >"$kept/current.new" && mv -f "$kept/current.new" "$kept/current"; } 2>&1) || {
    rm -f "$kept/current.new" 2>/dev/null
    return 1
  }
}

# An older version in force would go on being run, with nobody told.
not_kept() {
  # Of what cp and mv say the reason, once.
  why="$kept has no whole copy of this version (${why##*: })"
  old=$(in_force)
  if [ -z "$old" ]; then
    echo "reeve: $why: an upgrade will take the code of what runs away" >&2
    return 0
  fi
  again="$lib/maintain installed && $lib/maintain upgraded"
  if [ -n "${DPKG_MAINTSCRIPT_NAME-}" ]; then again='dpkg --configure -a'; fi
  echo "reeve: $why; Reeve $old stays in force; make room there, then: $again" >&2
  exit 1
}

# The version that kept/current names, if its copy is there: what @PREFIX@/bin/reeve starts.
in_force() {
  name=
  if [ -r "$kept/current" ]; then read -r name <"$kept/current" || true; fi
  if [ -x "$kept/$name/reeve" ]; then echo "$name"; fi
}

is_whole() {
  diff -rq -x __pycache__ "$lib/$id" "$kept/$id" >/dev/null 2>&1 &&
    [ "$(modes "$lib/$id")" = "$(modes "$kept/$id")" ]
}

modes() {
  (cd "$1" && find . -name __pycache__ -prune -o -printf '%m %p\n' | sort)
}

copy() {
  why=$({ mkdir -p "$kept" && rm -rf "$kept/new"; } 2>&1) || return
  cp -al "$lib/$id" "$kept/new" 2>/dev/null || {
    rm -rf "$kept/new" 2>/dev/null
    why=$(cp -a "$lib/$id" "$kept/new" 2>&1) || {
      rm -rf "$kept/new" 2>/dev/null
      return 1
    }
  }
  why=$({ rm -rf "${kept:?}/$id" && mv "$kept/new" "$kept/$id"; } 2>&1)
}

upgraded() {
  # What it says is for whoever upgrades; an instance that stays behind is no reason to fail.
  @PREFIX@/bin/reeve upgrade || true
  for code in "$lib"/*/ "$kept"/*/; do
    code=${code%/}
    case $code in "$kept" | "$lib/$id" | "$kept/$id" | "$kept/$(in_force)") continue ;; esac
    if [ -d "$code" ] && [ -z "$(processes_of "$code")" ]; then
      rm -rf "$code" 2>/dev/null || echo "reeve: $code, which nobody runs, cannot be removed" >&2
    fi
  done
}

removing() {
  if has_systemd; then
    systemctl stop 'reeve@*.socket' 'reeve@*.service' reeve.service || true
    # Those of `reeve enable`, which stay for the next installation.
    services=$(grep -lsx 'ExecStart=@PREFIX@/bin/reeve .*' /etc/systemd/system/*.service || true)
    for file in $services; do
      head -n 1 "$file" | grep -q '^# Written by `reeve enable ' || continue
      unit=$(basename "$file" .service)
      echo "reeve: stopping $unit; its unit $file stays" >&2
      systemctl stop "$unit.socket" 2>/dev/null || true
      systemctl stop "$unit.service" || true
    done
    systemctl reset-failed 'reeve@*' 2>/dev/null || true
  fi
  end_processes
  rm -rf "$kept"
  find "$lib" -depth -name __pycache__ -exec rm -rf '{}' ';'
}

# Masters that no unit of ours runs. They stop in order, and are not waited for longer than systemd
# would wait.
end_processes() {
  seconds=90
  while running=$(for code in "$lib/$id" "$kept"/*; do processes_of "$code"; done); do
    [ -n "$running" ] || return 0
    case $seconds in
      90)
        echo "reeve: stopping processes outside of Reeve's units:" $running >&2
        kill -TERM $running 2>/dev/null || true
        ;;
      0) kill -KILL $running 2>/dev/null || true ;;
      -5) return 0 ;;
    esac
    seconds=$((seconds - 1))
    sleep 1
  done
}

# By device and inode: in a container the same path is another file.
processes_of() {
  for exe in /proc/[0-9]*/exe; do
    if [ "$exe" -ef "$1/node" ]; then
      pid=${exe%/exe}
      echo "${pid#/proc/}"
    fi
  done
}

has_systemd() {
  [ -d /run/systemd/system ]
}

case ${1-} in
  installed | upgraded | removing) "$1" ;;
  *)
    echo 'maintain: installed, upgraded or removing' >&2
    exit 64
    ;;
esac
