package org.xivebench.xivenative;

import org.xivebench.kvm.Vcpu;
import org.xivebench.kvm.device.IoPage;
import org.xivebench.xive.TimaPage;

/** The OS view of the TIMA, in a guest: each vCPU finds the thread there that it runs on. */
final class TimaOsPage implements IoPage {
  static final TimaOsPage INSTANCE = new TimaOsPage();

  private TimaOsPage() {}

  @Override
  public long load(Vcpu vcpu, int offset, int size) {
    return vcpu.tima().load(TimaPage.OS, offset, size);
  }

  @Override
  public void store(Vcpu vcpu, int offset, int size, long value) {
    vcpu.tima().store(TimaPage.OS, offset, size, value);
  }
}
