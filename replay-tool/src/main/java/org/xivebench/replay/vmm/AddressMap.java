package org.xivebench.replay.vmm;

/**
 * Where a pseries machine has its interrupt pages in guest physical memory: QEMU 7.2, to the bit.
 */
final class AddressMap {
  static final long ESB_BASE = 0x0006_0100_0000_0000L;
  static final long END_BASE = 0x0006_0100_4000_0000L;
  static final long END_LIMIT = 0x0006_0101_0000_0000L;
  static final long TIMA_BASE = 0x0006_0302_0318_0000L;

  /** log2 of the bytes of a page. */
  static final int PAGE_SHIFT = 16;

  /** log2 of the bytes of a source's two pages; also of an END's. */
  static final int PAIR_SHIFT = PAGE_SHIFT + 1;

  static final int TIMA_PAGES = 4;

  private static final long PAGE_MASK = (1L << PAGE_SHIFT) - 1;

  private AddressMap() {}

  static long triggerPage(int source) {
    return ESB_BASE + ((long) source << PAIR_SHIFT);
  }

  static long managementPage(int source) {
    return triggerPage(source) + (1L << PAGE_SHIFT);
  }

  static long endPages(int server, int priority) {
    return END_BASE + ((long) (server * 8 + priority) << PAIR_SHIFT);
  }

  static int offset(long address) {
    return (int) (address & PAGE_MASK);
  }

  static boolean isEsb(long address) {
    return address >= ESB_BASE && address < ESB_BASE + ((long) InterruptMap.COUNT << PAIR_SHIFT);
  }

  static int esbPage(long address) {
    return (int) ((address - ESB_BASE) >>> PAGE_SHIFT);
  }

  static boolean isEnd(long address) {
    return address >= END_BASE && address < END_LIMIT;
  }

  static int endPage(long address) {
    return (int) ((address - END_BASE) >>> PAGE_SHIFT);
  }

  static boolean isTima(long address) {
    return address >= TIMA_BASE && address < TIMA_BASE + ((long) TIMA_PAGES << PAGE_SHIFT);
  }

  static int timaPage(long address) {
    return (int) ((address - TIMA_BASE) >>> PAGE_SHIFT);
  }
}
