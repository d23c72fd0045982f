package org.xivebench.replay.explore.scenario;

import org.xivebench.kvm.Vm;
import org.xivebench.replay.explore.Experiment;

/** One schedule's worth of a scenario: actors around a VM. */
public interface StagedRun extends Experiment.Run {

  /** Returns the VM. */
  Vm vm();
}
