package org.xivebench.xics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.xivebench.kvm.Errno;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.irqchip.QueuePage;
import org.xivebench.kvm.irqchip.XiveQueue;
import org.xivebench.kvm.uapi.Hcall;
import org.xivebench.xive.OpalCall;
import org.xivebench.xive.OpalCode;
import org.xivebench.xive.OpalFaults;

/** Where a source goes: room in queues, and queues made when a priority is first used. */
class XicsTargetingTest {
  private static final int A = 0x1001;

  @Test
  void moved_roomInTheOldQueue_comesBackWhenThatIsSeenEmpty() throws ErrnoException {
    try (XicsMachine machine = new XicsMachine(2)) {
      machine.addMsi(A, 1, 5);
      XiveQueue left = machine.presenter(1).queue(5);
      machine.vm.irqLine(A, 1);
      machine.device().setXive(A, 0, 5);
      assertEquals(1, left.count.get(), "its entry may still be there");
      assertEquals(1, left.pendingCount.get());
      assertEquals(1, machine.presenter(0).queue(5).count.get());
      machine.inGuest(
          cpus -> {
            cpus[1].hcall(Hcall.H_CPPR, 0xff);
            assertEquals(0xff000000L | A, XicsMachine.xirr(cpus[1]));
            assertEquals(1, left.count.get(), "not seen empty yet");
            cpus[1].hcall(Hcall.H_EOI, 0xff000000L | A);
          });
      assertEquals(0, left.count.get());
      assertEquals(0, left.pendingCount.get());
    }
  }

  @Test
  void ipoll_ofAnEmptyQueue_givesRoomBackToo() throws ErrnoException {
    try (XicsMachine machine = new XicsMachine(2)) {
      machine.addMsi(A, 1, 5);
      machine.device().setXive(A, 0, 5);
      machine.inGuest(
          cpus -> {
            cpus[1].hcall(Hcall.H_CPPR, 0xff);
            assertEquals(Hcall.H_SUCCESS, cpus[0].hcall(Hcall.H_IPOLL, 1));
          });
      assertEquals(0, machine.presenter(1).queue(5).count.get());
    }
  }

  @Test
  void setXive_samePlaceAgain_takesNoMoreRoom() throws ErrnoException {
    try (XicsMachine machine = new XicsMachine(2)) {
      machine.addMsi(A, 1, 5);
      machine.device().setXive(A, 1, 5);
      machine.device().setXive(A, 1, 0xff);
      machine.device().setXive(A, 1, 5);
      assertEquals(1, machine.presenter(1).queue(5).count.get());
      assertEquals(0, machine.presenter(1).queue(5).pendingCount.get());
    }
  }

  @Test
  void setXive_whenEveryQueueIsFull_isEbusyAndKeepsRouteAndRoom() throws ErrnoException {
    try (XicsMachine machine = new XicsMachine(2)) {
      machine.addMsi(A, 1, 3);
      machine.addMsi(A + 1, 1, 5);
      int room = machine.presenter(0).queue(5).msk + 1 - 2;
      machine.presenter(0).queue(5).count.set(room);
      machine.presenter(1).queue(5).count.set(room);
      String before = machine.snapshot();
      ErrnoException refused =
          assertThrows(ErrnoException.class, () -> machine.device().setXive(A, 1, 5));
      assertEquals(Errno.EBUSY, refused.errno());
      // It is unmasked with the priority asked for all the same: nothing but that has changed.
      assertEquals(before.replace("guest=3 saved=3", "guest=5 saved=5"), machine.snapshot());
    }
  }

  @Test
  void provisioning_refusedAtTheSecondVcpu_keepsTheFirstQueueForTheNextAttempt()
      throws ErrnoException {
    try (XicsMachine machine = new XicsMachine(2)) {
      machine.addMsi(A, 1, 5);
      int second = machine.presenter(1).vpId();
      machine
          .host
          .opal()
          .setFaults(
              (call, argument) ->
                  call == OpalCall.SET_QUEUE_INFO && argument == second
                      ? OpalCode.HARDWARE
                      : OpalCode.SUCCESS);
      ErrnoException refused =
          assertThrows(ErrnoException.class, () -> machine.device().setXive(A, 0, 3));
      assertEquals(Errno.EIO, refused.errno());
      assertEquals(5, machine.device().getXive(A).priority());
      QueuePage first = machine.presenter(0).queue(3).qpage();
      assertNotNull(first);
      assertNull(machine.presenter(1).queue(3).qpage());

      machine.host.opal().setFaults(OpalFaults.NONE);
      machine.device().setXive(A, 0, 3);
      assertSame(first, machine.presenter(0).queue(3).qpage());
      assertNotNull(machine.presenter(1).queue(3).qpage());
    }
  }
}
