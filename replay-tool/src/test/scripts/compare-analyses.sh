#!/bin/sh
# Analyses the recordings in files and folders to text, JSON, CSV and a page, and compares counts and durations by
# event type with what the JDK's RecordingFile reads.
# Usage: compare-analyses.sh FILE-OR-FOLDER...      (after: mvn -pl replay-tool -am test-compile)
# Exit: 0 all the same, 1 one differs or fails.
set -eu
[ $# -gt 0 ] || { echo "usage: $0 FILE-OR-FOLDER..." >&2; exit 2; }
module=$(cd "$(dirname "$0")/../../.." && pwd)
repository=${HOME}/.m2/repository
class_path=$module/target/classes:$module/target/test-classes:$module/../kvm-core/target/classes
for jar in $(find "$repository/com/fasterxml/jackson/core" "$repository/org/hdrhistogram" -name '*.jar'); do
  class_path=$class_path:$jar
done
exec "${JAVA_HOME:+$JAVA_HOME/bin/}java" -Xmx256m -cp "$class_path" \
  org.xivebench.replay.analysis.AnalysisComparison "$@"
