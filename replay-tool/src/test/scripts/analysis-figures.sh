#!/bin/sh
# Prints what analysing a recording costs beside the JDK's own tool and JDK Mission Control's rules: CPU seconds (user +
# system) and peak memory of fresh processes, start-up included, and the ratio of CPU time to that of one 'jfr view'.
# Usage: analysis-figures.sh RECORDING [RUNS]      (needs GNU time; JAVA_HOME: a JDK 21 or newer, for 'jfr view')
# RUNS (default 3): times that each is run, in turn. The first run of each also warms the file cache. The rules come
# from Maven Central; without it, their line is missing.
set -eu
[ $# -gt 0 ] || { echo "usage: $0 RECORDING [RUNS]" >&2; exit 2; }
recording=$1
runs=${2:-3}
top=$(cd "$(dirname "$0")/../../../.." && pwd)
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
jfr=${JAVA_HOME:+$JAVA_HOME/bin/}jfr
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$top/xivebench" --version >/dev/null # builds the distribution
version=$(sed -n 's:.*<version>\(.*\)</version>.*:\1:p' "$top/pom.xml" | head -n 1)
xivebench=$top/replay-tool/target/xivebench-$version/bin/xivebench
"$xivebench" analyse "$top/samples/boot-xics.jfr" >/dev/null # makes the class-data archive

cat >"$work/pom.xml" <<POM
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>rivals</groupId><artifactId>rivals</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.openjdk.jmc</groupId><artifactId>flightrecorder.rules.jdk</artifactId><version>9.1.2</version>
    </dependency>
  </dependencies>
</project>
POM
rules=
if mvn -q -f "$work/pom.xml" org.apache.maven.plugins:maven-dependency-plugin:3.6.1:build-classpath \
  "-Dmdep.outputFile=$work/class-path" >"$work/mvn.log" 2>&1; then
  rules=$(cat "$work/class-path")
else
  echo "JDK Mission Control's rules cannot be had: $(grep -m 1 -i error "$work/mvn.log")" >&2
fi

# measure NAME COMMAND...: prints a line, and keeps its CPU seconds for the ratios
measure() {
  name=$1
  shift
  if /usr/bin/time -o "$work/time" -f '%U %S %e %M' "$@" >/dev/null 2>&1; then
    awk -v name="$name" '{ printf "%-34s %6.2f CPU s %6.2f s %7.0f MB\n", name, $1 + $2, $3, $4 / 1024 }' "$work/time"
    awk -v name="$name" '{ print $1 + $2 "\t" name }' "$work/time" >>"$work/cpu"
  else
    printf '%-34s failed\n' "$name"
  fi
}
run=0
while [ $run -lt "$runs" ]; do
  measure 'xivebench analyse' "$xivebench" analyse "$recording"
  measure 'xivebench analyse --json' "$xivebench" analyse --json "$work/analysis.json" "$recording"
  measure 'xivebench analyse --html' "$xivebench" analyse --html "$work/report.html" "$recording"
  measure 'jfr summary' "$jfr" summary "$recording"
  measure 'jfr view latencies-by-type' "$jfr" view latencies-by-type "$recording"
  if [ -n "$rules" ]; then
    measure "Mission Control's rules" "$java" -cp "$rules" \
      org.openjdk.jmc.flightrecorder.rules.report.html.JfrHtmlRulesReport "$recording"
  fi
  run=$((run + 1))
done
# Medians: of the sorted seconds of each, the middle one.
echo 'median CPU seconds, and how many of that one jfr view they are:'
sort -n "$work/cpu" | awk -F'\t' '
  { seconds[$2, ++count[$2]] = $1 }
  END {
    of = "jfr view latencies-by-type"
    view = seconds[of, int((count[of] + 1) / 2)]
    for (name in count) {
      median = seconds[name, int((count[name] + 1) / 2)]
      printf "%-34s %6.2f CPU s %6.2f\n", name, median, view ? median / view : 0
    }
  }' | sort
