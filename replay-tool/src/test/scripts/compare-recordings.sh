#!/bin/sh
# Compares every event of the recordings in files and folders with what the JDK's RecordingFile reads.
# Usage: compare-recordings.sh FILE-OR-FOLDER...      (after: mvn -pl replay-tool -am test-compile)
# Exit: 0 all the same, 1 one differs or is refused by our reader only.
set -eu
[ $# -gt 0 ] || { echo "usage: $0 FILE-OR-FOLDER..." >&2; exit 2; }
module=$(cd "$(dirname "$0")/../../.." && pwd)
exec "${JAVA_HOME:+$JAVA_HOME/bin/}java" -Xmx1500m \
  -cp "$module/target/classes:$module/target/test-classes" \
  org.xivebench.replay.jfr.ReferenceComparison "$@"
