#!/bin/sh
# Prints what ordered replay and import cost: a fresh JVM for each line, the same heap and collector for all.
# Usage: ordered-figures.sh TRACE LOG [EVENTS]      (after: mvn -pl replay-tool -am test-compile)
# TRACE is written over and over into a trace of at least EVENTS events (default 10000000), which is replayed, and whose
# events RecordingFile counts without doing anything else; likewise one ten times as long. LOG is a QEMU log to import.
set -eu
[ $# -gt 1 ] || { echo "usage: $0 TRACE LOG [EVENTS]" >&2; exit 2; }
trace=$1
log=$2
events=${3:-10000000}
module=$(cd "$(dirname "$0")/../../.." && pwd)
modules=$module/target/classes:$module/target/test-classes
for each in kvm-core xive-native xics-on-xive; do
  modules=$modules:$module/../$each/target/classes
done
libraries=$(ls "$module"/target/xivebench-*/lib/*.jar "$module"/target/xivebench-*/bundles/*.jar | tr '\n' ':')
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
figure() {
  "${JAVA_HOME:+$JAVA_HOME/bin/}java" -XX:+UseSerialGC -Xmx128m -cp "$modules:$libraries" \
    org.xivebench.replay.ordered.OrderedFigures "$@"
}
figure repeat "$trace" "$work/long.jfr" "$events"
for run in 1 2 3; do
  figure replay "$work/long.jfr"
  figure count-jdk "$work/long.jfr"
done
figure import "$log" "$work/imported.jfr"
rm -f "$work/long.jfr" "$work/imported.jfr"
figure repeat "$trace" "$work/longer.jfr" "${events}0"
figure replay "$work/longer.jfr"
figure count-jdk "$work/longer.jfr"
