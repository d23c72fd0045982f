#!/bin/sh
# Writes a recording of many events of the bench, makes a page of it in a heap of 256 MB, and prints what that costs.
# Usage: page-figures.sh [EVENTS]      (default 10000000; needs GNU time; after: mvn -pl replay-tool -am test-compile)
# Exit: 0 the page is smaller than 5 MB, 1 it is not, or was not made.
set -eu
events=${1:-10000000}
top=$(cd "$(dirname "$0")/../../../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
"$top/xivebench" --version >/dev/null # builds the distribution
"$java" -cp "$top/replay-tool/target/classes:$top/replay-tool/target/test-classes" \
  org.xivebench.replay.analysis.LargeRecording "$work/large.jfr" "$events"
export XIVEBENCH_JAVA_OPTS=-Xmx256m
/usr/bin/time -o "$work/time" -f '%U %S %e %M' \
  "$top/xivebench" analyse --html "$work/page.html" "$work/large.jfr" >"$work/report.txt"
size() { wc -c <"$1" | tr -d ' '; }
awk -v events="$events" -v recording="$(size "$work/large.jfr")" -v page="$(size "$work/page.html")" '{
  printf "%d events, %.0f MB: page of %.2f MB, %.1f s, %.1f CPU s, %.0f MB at most\n",
    events, recording / 1e6, page / 1e6, $3, $1 + $2, $4 / 1024
  exit page < 5e6 ? 0 : 1
}' "$work/time"
