#!/bin/sh
# Prints what analysing a recording costs beside the JDK's own tool: CPU seconds (user + system) and peak memory of
# fresh processes, start-up included.
# Usage: analysis-figures.sh RECORDING [RUNS]      (needs GNU time; JAVA_HOME: a JDK 21 or newer, for 'jfr view')
# RUNS (default 3): times that each is run, in turn. The first line of each tool also warms the file cache.
set -eu
[ $# -gt 0 ] || { echo "usage: $0 RECORDING [RUNS]" >&2; exit 2; }
recording=$1
runs=${2:-3}
top=$(cd "$(dirname "$0")/../../../.." && pwd)
jfr=${JAVA_HOME:+$JAVA_HOME/bin/}jfr
"$top/xivebench" --version >/dev/null # builds the distribution, and its class-data archive
measure() {
  name=$1
  shift
  line=$(mktemp)
  if /usr/bin/time -o "$line" -f '%U %S %e %M' "$@" >/dev/null 2>&1; then
    awk -v name="$name" '{ printf "%-34s %6.2f CPU s %6.2f s %7.0f MB\n", name, $1 + $2, $3, $4 / 1024 }' "$line"
  else
    printf '%-34s failed\n' "$name"
  fi
  rm -f "$line"
}
run=0
while [ $run -lt "$runs" ]; do
  measure 'xivebench analyse' "$top/xivebench" analyse "$recording"
  measure 'xivebench analyse --json' "$top/xivebench" analyse --json /dev/null "$recording"
  measure 'jfr summary' "$jfr" summary "$recording"
  measure 'jfr view latencies-by-type' "$jfr" view latencies-by-type "$recording"
  run=$((run + 1))
done
