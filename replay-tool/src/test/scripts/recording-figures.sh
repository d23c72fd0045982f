#!/bin/sh
# Prints what reading and writing recordings costs: CPU seconds of a fresh JVM, its start included, one run each.
# Usage: recording-figures.sh RECORDING [EVENTS]      (after: mvn -pl replay-tool -am test-compile)
# RECORDING: a large one, read for the same task by our reader, RecordingFile, JDK Mission Control's parser and
# async-profiler's reader, and the smallest heap of a ladder in which each does it. EVENTS (default 10000000): events of
# eight numeric fields that are written and read back; JDK Mission Control's writer writes a tenth of them.
# The others' libraries come from Maven Central; without it, their lines are missing.
set -eu
[ $# -gt 0 ] || { echo "usage: $0 RECORDING [EVENTS]" >&2; exit 2; }
recording=$1
events=${2:-10000000}
here=$(cd "$(dirname "$0")" && pwd)
module=$(cd "$here/../../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
java=${JAVA_HOME:+$JAVA_HOME/bin/}java

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

# one READER HEAP: the task by one reader
task() {
  case $1 in
    task | task-jdk) ours "$2" "$1" "$recording" ;;
    *) theirs "$2" "$1" "$recording" ;;
  esac
}
ours 32m task "$recording"
ours 64m task-jdk "$recording"
theirs 2g task-jmc "$recording" || true
theirs 64m task-async-profiler "$recording" || true
ours 64m write "$work/numbers.jfr" "$events"
ours 64m read "$work/numbers.jfr"
ours 64m count-jdk "$work/numbers.jfr"
rm -f "$work/numbers.jfr"
theirs 2g write-jmc "$work/jmc.jfr" "$((events / 10))" || true
for task in task task-jdk task-jmc task-async-profiler; do
  for heap in 8m 12m 16m 24m 32m 48m 64m 96m 128m 192m 256m 384m 512m 768m; do
    if task $task $heap >/dev/null 2>&1; then
      printf '%s\tsmallest heap of the ladder: %s\n' $task $heap
      break
    fi
  done
done
