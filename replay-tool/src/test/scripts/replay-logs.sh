#!/bin/sh
# Imports every QEMU log below a folder, with what info-pic.txt beside it says of its snapshots, and replays each in order: one line for each log.
#
#   replay-tool/src/test/scripts/replay-logs.sh FOLDER [option of replay]...
#
# Options default to --quirks qemu-7.2, for logs of that version. Exit code 1 if a log could not be
# imported or has a divergence.
set -eu

[ $# -ge 1 ] && [ -d "$1" ] || {
  echo "usage: $0 FOLDER [option of 'xivebench replay']..." >&2
  exit 2
}
folder=$1
shift
[ $# -gt 0 ] || set -- --quirks qemu-7.2
top=$(CDPATH='' cd -- "$(dirname -- "$0")/../../../.." && pwd -P)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

# field JSON NAME: a number or string at the top of the report.
field() {
  sed -n "s/^ *\"$2\" *: *\"\{0,1\}\([^\",]*\)\"\{0,1\},\{0,1\}$/\1/p" "$1" | head -n 1
}

# differences JSON: the known differences of a report, one a line, as "name": number.
differences() {
  sed -n '/"knownDifferences".*}/d; /"knownDifferences"/,/}/s/^ *\("[^"]*" *: *[0-9][0-9]*\),\{0,1\}$/\1/p' "$1"
}

failed=0
printf '%-44s %9s %9s %9s %9s %6s %5s  %s\n' log lines events checked unchecked known div. digest
find "$folder" -type f \( -name '*.log' -o -name '*.log.gz' -o -name '*.log.xz' \) | sort >"$work/logs"
while read -r log; do
  name=${log#"$folder"/}
  trace=$work/trace.jfr
  shown=
  for each in "$(dirname "$log")"/info-pic.txt "$(dirname "$log")"/info-pic.txt.gz; do
    [ ! -f "$each" ] || shown=$each
  done
  if ! "$top/xivebench" import qemu "$log" ${shown:+--snapshots "$shown"} -o "$trace" --json "$work/import.json" --quiet 2>"$work/error" </dev/null; then
    printf '%-44s not imported: %s\n' "$name" "$(tail -n 1 "$work/error")"
    failed=1
    continue
  fi
  code=0
  "$top/xivebench" replay "$trace" --mode ordered --keep-going --quiet --json "$work/replay.json" "$@" \
    2>"$work/error" </dev/null || code=$?
  if [ $code -gt 1 ]; then
    printf '%-44s not replayed: %s\n' "$name" "$(tail -n 1 "$work/error")"
    failed=1
    continue
  fi
  [ $code -eq 0 ] || failed=1
  differences "$work/replay.json" >"$work/known"
  printf '%-44s %9s %9s %9s %9s %6s %5s  %s\n' "$name" \
    "$(field "$work/import.json" lines)" \
    "$(field "$work/replay.json" events)" \
    "$(field "$work/replay.json" checked)" \
    "$(field "$work/replay.json" unchecked)" \
    "$(awk '{ sum += $NF } END { print sum + 0 }' "$work/known")" \
    "$(field "$work/replay.json" divergences)" \
    "$(field "$work/replay.json" digest)"
  sed 's/^/    known difference: /' "$work/known"
done <"$work/logs"
exit $failed
