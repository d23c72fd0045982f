package org.xivebench.replay.explore.history;

import java.util.List;
import org.xivebench.kvm.IrqType;
import org.xivebench.replay.explore.scenario.Scenario;

/**
 * One thing to be seen of a case.
 *
 * @param scenario what runs
 * @param backend on which
 * @param symptom text that the report contains, before the fix only
 * @param elsewhere texts of other reports that may come, before or after, which are not this
 *     case's: other fixes ended them
 */
record Exhibit(Scenario scenario, IrqType backend, String symptom, List<String> elsewhere) {}
