#!/bin/sh
# Prints one table of what ordered replay and import cost: a fresh JVM for each run, its start included, the same heap and
# collector for all (-Xmx64m, or HEAP), the median of RUNS runs (default 3).
# Usage: ordered-figures.sh TRACE LOG [EVENTS]
# TRACE is written over and over, with a machine reset between, into a trace of at least EVENTS events (default 20000000),
# which is replayed, and whose events RecordingFile counts without doing anything else; likewise one of a tenth of EVENTS,
# to see how time grows. LOG is a QEMU log to import.
set -eu
[ $# -gt 1 ] && [ -f "$1" ] && [ -f "$2" ] || { echo "usage: $0 TRACE LOG [EVENTS]" >&2; exit 2; }
trace=$1
log=$2
events=${3:-20000000}
runs=${RUNS:-3}
heap=${HEAP:-64m}
module=$(CDPATH='' cd -- "$(dirname -- "$0")/../../.." && pwd -P)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
libraries() {
  ls "$module"/target/xivebench-*/lib/*.jar "$module"/target/xivebench-*/bundles/*.jar 2>/dev/null | tr '\n' ':'
}
[ -n "$(find "$module/target/test-classes" -name OrderedFigures.class 2>/dev/null)" ] && [ -n "$(libraries)" ] ||
  mvn -q -f "$module/../pom.xml" -DskipTests -pl replay-tool -am package
class_path=$module/target/classes:$module/target/test-classes
for each in kvm-core xive-native xics-on-xive; do
  class_path=$class_path:$module/../$each/target/classes
done
class_path=$class_path:$(libraries)

once() {
  "$java" -XX:+UseSerialGC "-Xmx$heap" -cp "$class_path" org.xivebench.replay.ordered.OrderedFigures "$@"
}

# figure LABEL TASK ARGS...: a row; leaves the medians in $wall and $cpu
figure() {
  label=$1
  shift
  : >"$work/runs"
  i=0
  while [ $i -lt "$runs" ]; do
    once "$@" >>"$work/runs"
    i=$((i + 1))
  done
  wall=$(median 's wall')
  cpu=$(median 's CPU')
  printf '%-44s %8s s %8s s  %s\n' "$label" "$wall" "$cpu" "$(sed -n '1s/^[a-z-]* *//; 1s/; .* heap/; heap/p' "$work/runs")"
}
median() {
  sed "s/.*[ ;,] *\([0-9.]*\) $1.*/\1/" "$work/runs" | sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}
divide() { awk "BEGIN { printf \"%.2f\", $1 / $2 }"; }

"$java" -version 2>&1 | head -n 1
printf '%-44s %10s %10s  %s\n' figure wall CPU result
once repeat "$trace" "$work/short.jfr" "$((events / 10))" >/dev/null
figure 'ordered replay, a tenth of the events' replay "$work/short.jfr"
short=$wall
figure 'RecordingFile counts them' count-jdk "$work/short.jfr"
rm -f "$work/short.jfr"
once repeat "$trace" "$work/long.jfr" "$events" >/dev/null
figure 'ordered replay' replay "$work/long.jfr"
replay_wall=$wall
replay_cpu=$cpu
figure 'RecordingFile counts them' count-jdk "$work/long.jfr"
rm -f "$work/long.jfr"
printf '%-44s %10s %10s  %s\n' '  replay / RecordingFile' "$(divide "$replay_wall" "$wall")" "$(divide "$replay_cpu" "$cpu")" 'goal: wall at most 1.00'
printf '%-44s %10s\n' '  ten times the events take times' "$(divide "$replay_wall" "$short")"
heap=128m
figure 'import, in a heap of 128 MB' import "$log" "$work/imported.jfr"
figure 'ordered replay of it, in 128 MB' replay "$work/imported.jfr"
