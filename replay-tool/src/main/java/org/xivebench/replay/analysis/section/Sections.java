package org.xivebench.replay.analysis.section;

import java.util.List;

/** The sections there are, in the order in which they are shown. A new one is added here. */
public final class Sections {
  private static final List<SectionType<?>> ALL =
      List.of(
          JvmSection.TYPE,
          CompletenessSection.TYPE,
          ReportsSection.TYPE,
          InterruptsSection.TYPE,
          SwapSection.TYPE,
          VmLocksSection.TYPE,
          GuestSection.TYPE,
          GcSection.TYPE,
          SafepointSection.TYPE,
          CpuSection.TYPE,
          HotMethodsSection.TYPE,
          AllocationSection.TYPE,
          LocksSection.TYPE,
          IoSection.SOCKET_TYPE,
          IoSection.FILE_TYPE,
          ExceptionsSection.TYPE);

  private Sections() {}

  /** All of them but {@link EventsSection}, which takes all events. */
  public static List<SectionType<?>> all() {
    return ALL;
  }
}
