package org.xivebench.xivenative;

import org.xivebench.kvm.Vcpu;
import org.xivebench.kvm.device.IoPage;
import org.xivebench.xive.EsbSource;

/**
 * One of the two ESB pages of a source, in a guest. Accesses of other than 8 aligned bytes load all
 * ones and store nothing.
 */
final class EsbPage implements IoPage {
  private static final int ACCESS_BYTES = Long.BYTES;

  private final EsbSource source;
  private final boolean management;

  private EsbPage(EsbSource source, boolean management) {
    this.source = source;
    this.management = management;
  }

  /** The even page. */
  static EsbPage trigger(EsbSource source) {
    return new EsbPage(source, false);
  }

  /** The odd page. */
  static EsbPage management(EsbSource source) {
    return new EsbPage(source, true);
  }

  @Override
  public long load(Vcpu vcpu, int offset, int size) {
    if (!isWhole(offset, size)) {
      return source.oddLoad();
    }
    return management ? source.guestLoadManagement(offset) : source.loadTrigger(offset);
  }

  @Override
  public void store(Vcpu vcpu, int offset, int size, long value) {
    if (!isWhole(offset, size)) {
      source.lifetime().check();
    } else if (management) {
      source.storeManagement(offset, value);
    } else {
      source.storeTrigger(offset, value);
    }
  }

  private static boolean isWhole(int offset, int size) {
    return size == ACCESS_BYTES && offset % ACCESS_BYTES == 0;
  }
}
