#!/bin/sh
# Prints one table of what reading and writing recordings costs: CPU seconds of a fresh JVM, its start included, the median
# of RUNS runs (default 3). Usage: recording-figures.sh RECORDING [EVENTS]
# RECORDING: a large one, read for the same task (count events by type, sum durations and stack depths) by our reader,
# RecordingFile, JDK Mission Control's parser and async-profiler's reader, each also in the smallest heap of a ladder.
# EVENTS (default 10000000): events of eight numeric fields that are written and read back; JDK Mission Control's writer
# writes a tenth of them. The others' libraries come from Maven Central; without it, their rows say so.
set -eu
[ $# -gt 0 ] && [ -f "$1" ] || { echo "usage: $0 RECORDING [EVENTS]" >&2; exit 2; }
recording=$1
events=${2:-10000000}
runs=${RUNS:-3}
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
module=$(CDPATH='' cd -- "$here/../../.." && pwd -P)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
[ -n "$(find "$module/target/test-classes" -name RecordingFigures.class 2>/dev/null)" ] ||
  mvn -q -f "$module/../pom.xml" -pl replay-tool -am test-compile

# run HEAP CLASS-PATH MAIN ARGS...
run() {
  heap=$1
  class_path=$2
  shift 2
  "$java" -XX:+UseSerialGC "-Xmx$heap" -cp "$class_path" "$@"
}
ours() {
  heap=$1
  shift
  run "$heap" "$module/target/classes:$module/target/test-classes" org.xivebench.replay.jfr.RecordingFigures "$@"
}

cat >"$work/pom.xml" <<POM
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>rivals</groupId><artifactId>rivals</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>tools.profiler</groupId><artifactId>jfr-converter</artifactId><version>4.5</version></dependency>
    <dependency><groupId>org.openjdk.jmc</groupId><artifactId>flightrecorder</artifactId><version>9.1.2</version></dependency>
    <dependency><groupId>org.openjdk.jmc</groupId><artifactId>flightrecorder.writer</artifactId><version>9.1.2</version></dependency>
  </dependencies>
</project>
POM
others=
if mvn -q -f "$work/pom.xml" org.apache.maven.plugins:maven-dependency-plugin:3.6.1:build-classpath \
  "-Dmdep.outputFile=$work/class-path" >"$work/mvn.log" 2>&1 &&
  "${java}c" -d "$work/classes" -cp "$(cat "$work/class-path")" "$here/RivalFigures.java" 2>"$work/javac.log"; then
  others=$work/classes:$(cat "$work/class-path")
else
  echo "the others' libraries cannot be had: $(cat "$work/mvn.log" "$work/javac.log" 2>/dev/null | grep -m 1 -i error)" >&2
fi
theirs() {
  heap=$1
  shift
  [ -n "$others" ] && run "$heap" "$others" RivalFigures "$@"
}

# one TASK HEAP ARGS...: by whom it is done
one() {
  task=$1
  heap=$2
  shift 2
  case $task in
    *-jmc | *-async-profiler) theirs "$heap" "$task" "$@" ;;
    *) ours "$heap" "$task" "$@" ;;
  esac
}

# figure LABEL GOAL TASK HEAP ARGS...: a row; leaves the median in $cpu
figure() {
  label=$1
  goal=$2
  task=$3
  heap=$4
  shift 4
  : >"$work/runs"
  i=0
  while [ $i -lt "$runs" ]; do
    one "$task" "$heap" "$@" 2>/dev/null | awk -F'\t' 'NF == 6 { split($5, c, " "); split($3, e, " "); print c[1], e[1] }' \
      >>"$work/runs" || true
    i=$((i + 1))
  done
  cpu=
  if [ ! -s "$work/runs" ]; then
    printf '%-46s %6s %9s %14s  %s\n' "$label" "$heap" - 'not done' "$goal"
    return
  fi
  cpu=$(sort -n "$work/runs" | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }')
  count=$(awk 'NR == 1 { print $2 }' "$work/runs")
  printf '%-46s %6s %7s s %14s  %s\n' "$label" "$heap" "$cpu" \
    "$(awk "BEGIN { printf \"%.0f\", $count / $cpu }")/CPU s" "$goal"
}
ratio() {
  [ -z "$2" ] || [ -z "$3" ] || printf '%-46s %6s %9s %14s  %s\n' "$1" '' '' "$(awk "BEGIN { printf \"%.2f\", $2 / $3 }")" "$4"
}

"$java" -version 2>&1 | head -n 1
printf '%-46s %6s %9s %14s  %s\n' figure heap CPU events goal
figure 'the task, our reader' '' task 32m "$recording"
mine=$cpu
figure 'the task, RecordingFile' '' task-jdk 64m "$recording"
ratio '  ours / RecordingFile' "$mine" "$cpu" 'at most 0.50'
figure "the task, JDK Mission Control's parser" '' task-jmc 2g "$recording"
figure "the task, async-profiler's reader" '' task-async-profiler 64m "$recording"
figure 'numeric events written, our writer' 'at least 3000000/CPU s in 64m' write 64m "$work/numbers.jfr" "$events"
figure 'numeric events, all fields, our reader' 'at least 4000000/CPU s' read 64m "$work/numbers.jfr"
figure 'numeric events counted, RecordingFile' '' count-jdk 64m "$work/numbers.jfr"
rm -f "$work/numbers.jfr"
figure "numeric events written, JDK Mission Control's" '' write-jmc 2g "$work/jmc.jfr" "$((events / 10))"
rm -f "$work/jmc.jfr"
for task in task task-jdk task-jmc task-async-profiler; do
  for heap in 8m 12m 16m 24m 32m 48m 64m 96m 128m 192m 256m 384m 512m 768m; do
    if one $task $heap "$recording" >/dev/null 2>&1; then
      printf '%-46s %6s\n' "smallest heap of the ladder: $task" $heap
      break
    fi
  done
done
