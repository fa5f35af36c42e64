# The links by which instances start at boot; nothing would be behind them any more.
for link in /etc/systemd/system/*.wants/reeve@*.service /etc/systemd/system/*.wants/reeve@*.socket \
  /etc/systemd/system/*.wants/reeve.service; do
  if [ -L "$link" ]; then rm -f "$link"; fi
done
rmdir /etc/systemd/system/reeve.service.wants 2>/dev/null || true
