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
# would wait. One that a unit starts again meanwhile is stopped as well.
end_processes() {
  told=' '
  seconds=90
  while running=$(running) && [ -n "$running" ] && [ "$seconds" -ge -5 ]; do
    for pid in $(masters_of "$running"); do
      case $told in *" $pid "*) continue ;; esac
      told="$told$pid "
      end_master "$pid"
    done
    if [ "$seconds" -eq 0 ]; then kill -KILL $running 2>/dev/null || true; fi
    seconds=$((seconds - 1))
    sleep 1
  done
}

# A unit would start it again, so it is the unit that is stopped, and what would trigger that.
end_master() {
  unit=$(foreign_unit "$1")
  if [ -z "$unit" ]; then
    echo "reeve: stopping process $1, which is in no unit of its own" >&2
    kill -TERM "$1" 2>/dev/null || true
    return 0
  fi
  echo "reeve: stopping $unit, which runs Reeve (process $1); the unit stays" >&2
  systemctl stop $(systemctl show --property=TriggeredBy --value "$unit") "$unit" || true
}

# The system's service that a process belongs to and that is there for Reeve; not cron or sshd, out
# of which somebody has started it, and nothing in a container or a session.
foreign_unit() {
  has_systemd || return 0
  service=$(sed -En 's,^(0:|[0-9]+:name=systemd):(/[^/]+\.slice)*/([^/]+\.service)(/.*)?$,\3,p' \
    "/proc/$1/cgroup" 2>/dev/null | head -n 1)
  [ -n "$service" ] || return 0
  main=$(systemctl show --property=MainPID --value "$service")
  case $main,$(systemctl show --property=ExecStart --value "$service") in
  "$1",* | *reeve*) echo "$service" ;;
  esac
}

running() {
  for code in "$lib/$id" "$kept"/*; do processes_of "$code"; done | sort -un
}

# Those that none of the others has started: gateways end with their master.
masters_of() {
  for pid in $1; do
    parent=$(sed -n 's/^PPid:[^0-9]*//p' "/proc/$pid/status" 2>/dev/null) || continue
    echo "$1" | grep -qx "$parent" || echo "$pid"
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
