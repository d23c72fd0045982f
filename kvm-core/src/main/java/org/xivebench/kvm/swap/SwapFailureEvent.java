package org.xivebench.kvm.swap;

import jdk.jfr.Category;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import org.xivebench.kvm.Vm;

/**
 * A swap that was not completed, in a flight recording. Its duration is the time until it failed.
 */
@Name("org.xivebench.SwapFailure")
@Label("Failed Swap")
@Category({"xivebench", "Swap"})
@StackTrace(false)
final class SwapFailureEvent extends Event {
  @Label("VM")
  String vm;

  @Label("From")
  String from;

  @Label("To")
  String to;

  @Label("Step")
  String step;

  @Label("VM Is Left")
  String condition;

  @Label("What Failed")
  String what;

  /**
   * @param machine whose controller was to be swapped
   * @param fromType the type of the device that was to go, or null if there was none
   * @param toType the type of the device that was to come, or null if none was
   */
  void commit(Vm machine, String fromType, String toType, SwapException failure) {
    end();
    if (shouldCommit()) {
      vm = machine.toString();
      from = fromType;
      to = toType;
      step = failure.step().label();
      condition = failure.condition().name();
      what = failure.getMessage();
      commit();
    }
  }
}
