#!/bin/sh
# Prints all figures of traces and recordings, in three tables: recordings read and written, ordered replay and import,
# concurrent replay and swaps.
# Usage: figures.sh TRACE LOG RECORDING [EVENTS]      for an idle machine; RUNS says how many runs a median is of (3)
#   TRACE       a trace, such as samples/snap-xive.jfr: for ordered replay, which is of EVENTS events (default 20000000)
#   LOG         a QEMU log to import, the larger the better
#   RECORDING   a large recording of a JVM
set -eu
[ $# -gt 2 ] && [ -f "$1" ] && [ -f "$2" ] && [ -f "$3" ] || { echo "usage: $0 TRACE LOG RECORDING [EVENTS]" >&2; exit 2; }
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
top=$(CDPATH='' cd -- "$here/../../../.." && pwd -P)
events=${4:-20000000}

echo "== Recordings =="
"$here/recording-figures.sh" "$3" "$((events / 2))"
echo
echo "== Ordered replay and import =="
"$here/ordered-figures.sh" "$1" "$2" "$events"
echo
echo "== Concurrent replay and swaps =="
"$top/verification/benchmarks/replay-figures" "${RUNS:-3}"
