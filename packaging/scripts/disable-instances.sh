# The links by which instances start at boot; their units are gone.
for link in /etc/systemd/system/*.wants/reeve@*.service /etc/systemd/system/*.wants/reeve@*.socket \
  /etc/systemd/system/*.wants/reeve.service; do
  if [ -L "$link" ]; then rm -f "$link"; fi
done
rmdir /etc/systemd/system/reeve.service.wants 2>/dev/null || true
# Units that `reeve enable` wrote belong to the administrator and stay, but no longer start at boot.
for unit in /etc/systemd/system/*.service /etc/systemd/system/*.socket; do
  is_written=$(head -n 1 "$unit" 2>/dev/null | grep '^# Written by `reeve enable ' || true)
  if [ -n "$is_written" ]; then rm -f /etc/systemd/system/*.wants/"${unit##*/}"; fi
done
