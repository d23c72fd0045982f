package org.xivebench.kvm.release;

import jdk.jfr.Category;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** A step of the release of a device, in a flight recording: its duration is the step's. */
@Name("org.xivebench.ReleaseStep")
@Label("Release Step")
@Category({"xivebench", "Release"})
@StackTrace(false)
final class ReleaseStepEvent extends Event {
  @Label("VM")
  String vm;

  @Label("Device Type")
  String deviceType;

  @Label("Protocol")
  String protocol;

  @Label("Step")
  String step;
}
