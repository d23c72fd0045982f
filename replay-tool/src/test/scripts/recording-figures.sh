#!/bin/sh
# Prints what reading and writing recordings costs: CPU seconds of a fresh JVM, its start included, one run each.
# Usage: recording-figures.sh RECORDING [EVENTS]      (after: mvn -pl replay-tool -am test-compile)
# RECORDING: a large one, read by our reader and by RecordingFile for the same task, and the smallest heap of a ladder
# in which each does it. EVENTS (default 10000000): events of eight numeric fields that are written and read back.
set -eu
[ $# -gt 0 ] || { echo "usage: $0 RECORDING [EVENTS]" >&2; exit 2; }
recording=$1
events=${2:-10000000}
module=$(cd "$(dirname "$0")/../../.." && pwd)
written=$(mktemp -d)
trap 'rm -rf "$written"' EXIT
figure() {
  heap=$1
  shift
  "${JAVA_HOME:+$JAVA_HOME/bin/}java" -XX:+UseSerialGC "-Xmx$heap" \
    -cp "$module/target/classes:$module/target/test-classes" \
    org.xivebench.replay.jfr.RecordingFigures "$@"
}
figure 64m task "$recording"
figure 64m task-jdk "$recording"
figure 64m write "$written/numbers.jfr" "$events"
figure 64m read "$written/numbers.jfr"
figure 64m count-jdk "$written/numbers.jfr"
for task in task task-jdk; do
  for heap in 8m 12m 16m 24m 32m 48m 64m 96m 128m; do
    if figure $heap $task "$recording" >/dev/null 2>&1; then
      printf '%s\tsmallest heap of the ladder: %s\n' $task $heap
      break
    fi
  done
done
