package org.xivebench.replay.ordered;

import java.util.function.Function;
import org.xivebench.kvm.IrqType;
import org.xivebench.kvm.device.DeviceType;
import org.xivebench.replay.conformance.Irqchip;
import org.xivebench.xive.Quirks;

/**
 * How a trace is replayed in order.
 *
 * @param irqchip where the controller is
 * @param quirks of emulated controllers
 * @param deviceTypes gives the in-kernel device for a mode; asked when one is needed
 * @param keepGoing whether the run goes on after a divergence
 * @param cycles how many times the trace is replayed, each time on a new machine
 */
public record OrderedOptions(
    Irqchip irqchip,
    Quirks quirks,
    Function<IrqType, DeviceType> deviceTypes,
    boolean keepGoing,
    int cycles) {

  /** Checks the number of cycles. */
  public OrderedOptions {
    if (cycles < 1) {
      throw new IllegalArgumentException("cycles " + cycles);
    }
  }

  /** Once, on emulated controllers. */
  public static OrderedOptions emulated(Quirks quirks, boolean keepGoing) {
    return new OrderedOptions(
        Irqchip.EMULATED,
        quirks,
        mode -> {
          throw new IllegalStateException("emulated controllers need no device");
        },
        keepGoing,
        1);
  }
}
