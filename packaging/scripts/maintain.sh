#!/bin/sh
# The steps on a machine after Reeve's files were installed, and before they are removed. The
# scripts of both packages call it; after `make install` run it yourself, as root.
#
#   maintain installed   creates the user, the directories, and a copy of this version that stays
#   maintain upgraded    restarts running instances with this version; removes unused copies
#   maintain removing    stops everything; removes the copies
#
# dpkg and rpm remove the files of an old version at once, while masters still run it and start
# workers and gateways from it. So nothing runs from the package's own files, but from a copy by
# hard links, kept/ID, which is removed when no process uses its Node any more.
set -eu

lib=@PREFIX@/lib/reeve
id=@ID@
kept=$lib/kept
restart=@PREFIX@/lib/systemd/system/reeve@.service.d/restart.conf

# All users may run the files that are made here, with any umask of the caller.
umask 022

installed() {
  systemd-sysusers reeve.conf
  # It fails for a part of its work on a file system without xattrs.
  systemd-tmpfiles --create reeve.conf || true
  restart_sooner
  if has_systemd; then systemctl daemon-reload || true; fi
  keep || not_kept
}

# systemd 254 and later can begin with a short pause after a crash, and wait longer each time. Older
# ones would log that they do not know these lines.
restart_sooner() {
  version=$(systemctl --version 2>/dev/null | sed -n 's/^systemd \([0-9]*\).*/\1/p')
  if [ "${version:-0}" -lt 254 ]; then
    forget_restart
    return 0
  fi
  mkdir -p "${restart%/*}"
  cat >"$restart" <<'END'
# After a crash, from 100 ms to ten seconds in six steps. Reeve's package writes this file for
# systemd 254 and later. Ten starts take longer than the interval, so the limit is not reached.
[Unit]
StartLimitIntervalSec=20s

[Service]
RestartSec=100ms
RestartSteps=6
RestartMaxDelaySec=10s
END
}

forget_restart() {
  rm -f "$restart"
  rmdir "${restart%/*}" 2>/dev/null || true
}

keep() {
  why=
  # Damaged copies are replaced, so that a reinstallation is a repair.
  is_whole || copy || return
  # An older `maintain`, called with umask 077, made them unreadable.
  chmod 755 "$kept" 2>/dev/null || true
  chmod 644 "$kept/current" 2>/dev/null || true
  [ "$(in_force)" != "$id" ] || return 0
  why=$({ echo "$id" >"$kept/current.new" && mv -f "$kept/current.new" "$kept/current"; } 2>&1) || {
    rm -f "$kept/current.new" 2>/dev/null
    return 1
  }
}

# If an older version is in use, it would go on running without any notice.
not_kept() {
  # The reason of cp or mv, once, without their other words.
  why="$kept has no whole copy of this version (${why##*: })"
  old=$(in_force)
  if [ -z "$old" ]; then
    echo "reeve: $why: an upgrade will remove the code that running instances use" >&2
    return 0
  fi
  again="$lib/maintain installed && $lib/maintain upgraded"
  if [ -n "${DPKG_MAINTSCRIPT_NAME-}" ]; then again='dpkg --configure -a'; fi
  echo "reeve: $why; Reeve $old stays in use; make room there, then run: $again" >&2
  exit 1
}

# The version that @PREFIX@/bin/reeve starts: the one in kept/current, if its copy exists.
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
  # Its output is for the administrator; an instance that keeps the old version is no failure.
  @PREFIX@/bin/reeve upgrade || true
  for code in "$lib"/*/ "$kept"/*/; do
    code=${code%/}
    case $code in "$kept" | "$lib/$id" | "$kept/$id" | "$kept/$(in_force)") continue ;; esac
    if [ -d "$code" ] && [ -z "$(processes_of "$code")" ]; then
      rm -rf "$code" 2>/dev/null || echo "reeve: $code, which no process uses, cannot be removed" >&2
    fi
  done
}

removing() {
  if has_systemd; then
    systemctl stop 'reeve@*.socket' 'reeve@*.service' reeve.service || true
    # The units of `reeve enable`, which stay for the next installation.
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
  forget_restart
  rm -rf "$kept"
  find "$lib" -depth -name __pycache__ -exec rm -rf '{}' ';'
}

# Masters outside of Reeve's own units. They stop in order, and get as much time as systemd would
# give them. A master that a unit starts again in this time is stopped as well.
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

# A unit would start it again, so the unit is stopped, and the units that would trigger it.
end_master() {
  unit=$(foreign_unit "$1")
  if [ -z "$unit" ]; then
    echo "reeve: stopping process $1, which is in no unit" >&2
    kill -TERM "$1" 2>/dev/null || true
    return 0
  fi
  echo "reeve: stopping $unit, which runs Reeve (process $1); the unit stays" >&2
  systemctl stop $(systemctl show --property=TriggeredBy --value "$unit") "$unit" || true
}

# The service of the system that runs this process for Reeve. Not cron or sshd, from which somebody
# may have started it, and nothing in a container or a session.
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

# The processes without a parent among the others: gateways end with their master.
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
