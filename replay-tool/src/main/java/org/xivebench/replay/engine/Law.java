package org.xivebench.replay.engine;

import java.util.ArrayList;
import java.util.List;

/**
 * What became of all interrupts of a run, by the law that {@code docs/replay.md} states.
 *
 * @param triggered edges from devices, lines that went up, IPIs sent
 * @param coalesced triggers that found another one waiting
 * @param dropped triggers on sources that were off or masked
 * @param delivered handlers that ran
 * @param pending found waiting by looking; 0 while the run goes on
 * @param lost by source, summed; 0 while the run goes on
 * @param invented by source, summed; 0 while the run goes on
 * @param broken the accounts in which something is lost or invented, a line each
 */
public record Law(
    long triggered,
    long coalesced,
    long dropped,
    long delivered,
    long pending,
    long lost,
    long invented,
    List<String> broken) {

  /** Copies the list. */
  public Law {
    broken = List.copyOf(broken);
  }

  /** Returns whether no interrupt was lost or invented. */
  public boolean holds() {
    return lost == 0 && invented == 0;
  }

  static Law of(Ledger ledger, List<Ledger.Balance> balances) {
    List<Ledger.Account> accounts = new ArrayList<>(ledger.sources().values());
    accounts.addAll(ledger.ipis().values());
    List<String> broken = new ArrayList<>();
    for (Ledger.Balance balance : balances) {
      if (balance.lost() > 0) {
        broken.add(balance.name() + ": " + balance.lost() + " lost");
      }
      if (balance.invented() > 0) {
        broken.add(balance.name() + ": " + balance.invented() + " invented");
      }
    }
    return new Law(
        accounts.stream().mapToLong(account -> account.triggered.get()).sum(),
        accounts.stream().mapToLong(account -> account.coalesced.get()).sum(),
        accounts.stream().mapToLong(account -> account.dropped.get()).sum(),
        accounts.stream().mapToLong(account -> account.delivered.get()).sum(),
        balances.stream().mapToLong(Ledger.Balance::pending).sum(),
        balances.stream().mapToLong(Ledger.Balance::lost).sum(),
        balances.stream().mapToLong(Ledger.Balance::invented).sum(),
        broken);
  }
}
