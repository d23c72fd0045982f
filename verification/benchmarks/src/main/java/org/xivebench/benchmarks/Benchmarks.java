package org.xivebench.benchmarks;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
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
 * and bytes allocated per operation. Takes JMH's own options.
 */
public final class Benchmarks {
  private Benchmarks() {}

  /** Runs it. */
  public static void main(String[] args) throws RunnerException, CommandLineOptionException {
    CommandLineOptions options = new CommandLineOptions(args);
    Collection<RunResult> results =
        new Runner(new OptionsBuilder().parent(options).addProfiler(GCProfiler.class).build())
            .run();
    System.out.printf(
        "%n%-24s %6s %10s %10s %10s %10s%n",
        "benchmark", "forks", "median ns", "least", "greatest", "B/op");
    for (RunResult result : results) {
      print(result);
    }
  }

  private static void print(RunResult result) {
    List<Double> forks = new ArrayList<>();
    for (BenchmarkResult fork : result.getBenchmarkResults()) {
      forks.add(fork.getPrimaryResult().getScore());
    }
    forks.sort(Comparator.naturalOrder());
    int middle = forks.size() / 2;
    double median =
        forks.size() % 2 == 1 ? forks.get(middle) : (forks.get(middle - 1) + forks.get(middle)) / 2;
    String name = result.getParams().getBenchmark();
    System.out.printf(
        "%-24s %6d %10.1f %10.1f %10.1f %10.4f%n",
        name.substring(name.lastIndexOf('.') + 1),
        forks.size(),
        median,
        forks.get(0),
        forks.get(forks.size() - 1),
        allocated(result));
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
