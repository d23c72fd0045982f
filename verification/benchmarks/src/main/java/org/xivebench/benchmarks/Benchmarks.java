package org.xivebench.benchmarks;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.BenchmarkResult;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/**
 * Runs the benchmarks and prints a table: the median of the forks, the least and the greatest fork,
 * the ratio of the median to that of the floor, the benchmark of the same name with {@code Floor}
 * behind it, bytes allocated per operation, and what all threads of the benchmark do together in a
 * microsecond: the throughput of two threads beside that of one. Takes JMH's own options.
 */
public final class Benchmarks {
  private static final String FLOOR = "Floor";
  private static final String OF_TWO_THREADS = "TwoThreads";

  private Benchmarks() {}

  /** Runs it. */
  public static void main(String[] args) throws RunnerException, CommandLineOptionException {
    CommandLineOptions options = new CommandLineOptions(args);
    Collection<RunResult> results =
        new Runner(new OptionsBuilder().parent(options).addProfiler(GCProfiler.class).build())
            .run();
    System.out.printf(
        "%n%-24s %6s %10s %10s %10s %8s %8s %7s%n",
        "benchmark", "forks", "median ns", "least", "greatest", "x floor", "B/op", "per us");
    Map<String, List<Double>> forks = new TreeMap<>();
    results.forEach(result -> forks.put(nameOf(result), forksOf(result)));
    for (RunResult result : results) {
      String name = nameOf(result);
      List<Double> own = forks.get(name);
      List<Double> floor = forks.get(name.replace(OF_TWO_THREADS, "") + FLOOR);
      String ratio =
          floor == null ? "" : String.format(Locale.ROOT, "%.2f", median(own) / median(floor));
      System.out.printf(
          "%-24s %6d %10.1f %10.1f %10.1f %8s %8.4f %7.2f%n",
          name,
          own.size(),
          median(own),
          own.get(0),
          own.get(own.size() - 1),
          ratio,
          allocated(result),
          1000 * result.getParams().getThreads() / median(own));
    }
  }

  private static String nameOf(RunResult result) {
    String name = result.getParams().getBenchmark();
    return name.substring(name.lastIndexOf('.') + 1);
  }

  /** The score of each fork, ascending. */
  private static List<Double> forksOf(RunResult result) {
    List<Double> forks = new ArrayList<>();
    for (BenchmarkResult fork : result.getBenchmarkResults()) {
      forks.add(fork.getPrimaryResult().getScore());
    }
    forks.sort(Comparator.naturalOrder());
    return forks;
  }

  private static double median(List<Double> ascending) {
    int middle = ascending.size() / 2;
    return ascending.size() % 2 == 1
        ? ascending.get(middle)
        : (ascending.get(middle - 1) + ascending.get(middle)) / 2;
  }

  private static double allocated(RunResult result) {
    for (var entry : result.getSecondaryResults().entrySet()) {
      if (entry.getKey().endsWith("gc.alloc.rate.norm")) {
        Result<?> bytes = entry.getValue();
        return bytes.getScore();
      }
    }
    return Double.NaN;
  }
}
