package org.xivebench.replay.analysis.section;

import org.xivebench.replay.analysis.collect.BreakingDown;
import org.xivebench.replay.analysis.model.Section;
import org.xivebench.replay.analysis.model.Unit;
import org.xivebench.replay.jfr.EventCursor;

/** The locks of the VM: how long threads waited for them and held them, by class of lock. */
public final class VmLocksSection extends SectionCollector<VmLocksSection> {
  public static final String NAME = "vmLocks";

  /** Breakdown: waits, by class of lock. */
  public static final String WAIT = "wait";

  /** Breakdown: holds, by class of lock. */
  public static final String HOLD = "hold";

  public static final SectionType<VmLocksSection> TYPE =
      new SectionType<>(
          NAME,
          VmLocksSection.class,
          VmLocksSection::new,
          in -> {
            String[] fields = {
              "startTime", "duration", "eventThread", "stackTrace", "lockClass", "lock", "heldBy"
            };
            in.bench("LockWait", VmLocksSection::waited, fields);
            in.bench("LockHold", VmLocksSection::held, fields);
          });

  private final BreakingDown wait;
  private final BreakingDown hold;

  VmLocksSection(JvmScope scope) {
    super(scope);
    wait = new BreakingDown(WAIT, "waits", "lock class", Unit.NANOS, scope.limit());
    hold = new BreakingDown(HOLD, "holds", "lock class", Unit.NANOS, scope.limit());
  }

  private void waited(EventCursor event) {
    add(wait, event);
  }

  private void held(EventCursor event) {
    add(hold, event);
  }

  private void add(BreakingDown to, EventCursor event) {
    String key = String.valueOf(event.getString(4));
    long duration = event.getNanos(1);
    to.add(
        key,
        duration,
        describe(
            event,
            0,
            duration,
            2,
            3,
            () ->
                event.getString(5)
                    + (event.getString(6) == null ? "" : ", held by " + event.getString(6))));
  }

  @Override
  public void addAll(VmLocksSection other) {
    wait.addAll(other.wait);
    hold.addAll(other.hold);
  }

  @Override
  public Section result() {
    return Section.builder(NAME, "Locks of the VM").add(wait.result()).add(hold.result()).build();
  }
}
