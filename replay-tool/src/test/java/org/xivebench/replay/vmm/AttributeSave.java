package org.xivebench.replay.vmm;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.Vcpu;
import org.xivebench.kvm.device.UserBuffer;
import org.xivebench.kvm.uapi.EqConfig;
import org.xivebench.kvm.uapi.EqIdWord;
import org.xivebench.kvm.uapi.KvmUapi;
import org.xivebench.kvm.uapi.OneReg;
import org.xivebench.kvm.uapi.XicsUapi;
import org.xivebench.kvm.uapi.XiveUapi;
import org.xivebench.xive.EsbOffset;
import org.xivebench.xive.Pq;

/**
 * The state of a stopped machine's interrupt controller, saved and restored as a VMM does it that
 * knows nothing of its guest: in the order of the devices' documentation.
 */
interface AttributeSave {
  /** Into the machine's next device, which has just been made and connected. */
  void restore() throws ErrnoException;

  /** SOURCES of all sources, then ICP_STATE of all vCPUs; restored in the same order. */
  final class OfXics implements AttributeSave {
    private final Map<Integer, Long> words = new LinkedHashMap<>();
    private final List<OneReg> presenters = new ArrayList<>();
    private final Machine machine;

    /** Saves. */
    OfXics(Machine machine) throws ErrnoException {
      this.machine = machine;
      for (MachineSource source : machine.interrupts().deviceSources()) {
        UserBuffer word = UserBuffer.ofSize(Long.BYTES);
        machine.file().getAttr(XicsUapi.KVM_DEV_XICS_GRP_SOURCES, source.number(), word);
        words.put(source.number(), word.getLong(0));
      }
      for (Vcpu vcpu : machine.vm().vcpus()) {
        presenters.add(vcpu.getOneReg(KvmUapi.KVM_REG_PPC_ICP_STATE));
      }
    }

    @Override
    public void restore() throws ErrnoException {
      for (Map.Entry<Integer, Long> word : words.entrySet()) {
        machine
            .file()
            .setAttr(
                XicsUapi.KVM_DEV_XICS_GRP_SOURCES,
                word.getKey(),
                UserBuffer.ofLong(word.getValue()));
      }
      for (int i = 0; i < presenters.size(); i++) {
        machine.vm().vcpus().get(i).setOneReg(KvmUapi.KVM_REG_PPC_ICP_STATE, presenters.get(i));
      }
    }
  }

  /**
   * Saves: P and Q of every source, which is set to 10 so that nothing more comes; EQ_SYNC; queues;
   * VP_STATE. Restores: queues, targets, VP_STATE, P and Q.
   */
  final class OfXive implements AttributeSave {
    private static final int PRIORITIES = 7;

    private static final int ACCESS_BYTES = Long.BYTES;

    private final Machine machine;
    private final Map<Integer, Long> routes;
    private final Map<Integer, Integer> pqs = new LinkedHashMap<>();
    private final Map<Long, UserBuffer> queues = new LinkedHashMap<>();
    private final List<OneReg> presenters = new ArrayList<>();

    /**
     * Saves.
     *
     * @param routes SOURCE_CONFIG words by source: a VMM knows them from H_INT_SET_SOURCE_CONFIG
     */
    OfXive(Machine machine, Map<Integer, Long> routes) throws ErrnoException {
      this.machine = machine;
      this.routes = routes;
      for (int source : routes.keySet()) {
        int pq = load(source, EsbOffset.GET);
        pqs.put(source, pq);
        if (pq != Pq.OFF) {
          int unusedSame = load(source, EsbOffset.SET_PQ_10);
        }
      }
      machine
          .file()
          .setAttr(
              XiveUapi.KVM_DEV_XIVE_GRP_CTRL,
              XiveUapi.KVM_DEV_XIVE_EQ_SYNC,
              UserBuffer.unreadable());
      for (int server = 0; server < machine.vm().vcpus().size(); server++) {
        for (int priority = 0; priority < PRIORITIES; priority++) {
          UserBuffer queue = UserBuffer.ofSize(EqConfig.SIZE_BYTES);
          long id = EqIdWord.of(server, priority);
          machine.file().getAttr(XiveUapi.KVM_DEV_XIVE_GRP_EQ_CONFIG, id, queue);
          if (EqConfig.read(queue).qshift() != 0) {
            queues.put(id, queue);
          }
        }
      }
      for (Vcpu vcpu : machine.vm().vcpus()) {
        presenters.add(vcpu.getOneReg(KvmUapi.KVM_REG_PPC_VP_STATE));
      }
    }

    @Override
    public void restore() throws ErrnoException {
      for (Map.Entry<Long, UserBuffer> queue : queues.entrySet()) {
        machine
            .file()
            .setAttr(XiveUapi.KVM_DEV_XIVE_GRP_EQ_CONFIG, queue.getKey(), queue.getValue());
      }
      restoreTargets();
      for (int i = 0; i < presenters.size(); i++) {
        machine.vm().vcpus().get(i).setOneReg(KvmUapi.KVM_REG_PPC_VP_STATE, presenters.get(i));
      }
      for (Map.Entry<Integer, Integer> pq : pqs.entrySet()) {
        int unusedOld = load(pq.getKey(), EsbOffset.SET_PQ_00 + (pq.getValue() << 8));
      }
    }

    /** Routes the sources: refused before their queues are there. */
    void restoreTargets() throws ErrnoException {
      for (Map.Entry<Integer, Long> route : routes.entrySet()) {
        machine
            .file()
            .setAttr(
                XiveUapi.KVM_DEV_XIVE_GRP_SOURCE_CONFIG,
                route.getKey(),
                UserBuffer.ofLong(route.getValue()));
      }
    }

    private int load(int source, int offset) {
      Vcpu any = machine.vm().vcpus().get(0);
      int managementPage = 2 * source + 1;
      return (int) machine.vm().guestIo().esb().page(managementPage).load(any, offset, ACCESS_BYTES)
          & Pq.QUEUED;
    }
  }
}
