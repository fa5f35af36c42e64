# Mounts stay, bind mounts too, and the directories that lead to them: their files belong elsewhere.
# Everything else is removed. A path may have any character, a newline too.
newline=$(printf '\n|')
newline=${newline%|}
mounts=$newline$(
  cat /proc/self/mountinfo 2>/dev/null |
    while read -r _ _ _ _ point _; do printf '%b\n' "$point"; done
)$newline
purge() {
  case $mounts in
  *"$newline$1$newline"*) echo "reeve: $1 is a mount; it stays, with all that is in it" >&2 ;;
  *"$newline$1/"*) for entry in "$1"/* "$1"/.[!.]* "$1"/..?*; do purge "$entry"; done ;;
  *) rm -rf --one-file-system "$1" || true ;;
  esac
}
# Below private/ are the directories of instances with DynamicUser=.
for place in /var/lib /var/log /run /var/lib/private /var/log/private /run/private; do
  # Mounts have no symbolic links in their paths.
  place=$(readlink -f "$place") || continue
  purge "$place/reeve"
done
