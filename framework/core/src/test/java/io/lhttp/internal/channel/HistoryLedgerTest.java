package io.lhttp.internal.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lhttp.HistoryAccount;
import io.lhttp.RefusedException;
import io.lhttp.channel.History;
import io.lhttp.channel.Retention;
import io.lhttp.channel.Window;
import io.lhttp.message.Message;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The ledger counts what accounts keep in histories as the histories themselves do. */
class HistoryLedgerTest {
  private static final Retention TEN = new Retention(10, Duration.ofSeconds(16), 10_000);

  private long nanos;
  private final HistoryLedger ledger = new HistoryLedger(() -> nanos, 1_000);

  /** Counts bytes up to a limit. */
  private static final class Account implements HistoryAccount {
    final long most;
    long kept;

    Account(long most) {
      this.most = most;
    }

    @Override
    public boolean limited() {
      return most > 0;
    }

    @Override
    public void keep(long bytes) {
      if (kept + bytes > most) {
        throw new RefusedException(409, "full");
      }
      kept += bytes;
    }

    @Override
    public void release(long bytes) {
      kept -= bytes;
    }
  }

  @Test
  void publications_areCountedUntilTheirTimeHasPassed() {
    var account = new Account(1_000);
    take("a", 400, account);
    take("b", 500, account);
    assertThat(account.kept).isEqualTo(900);
    assertThatThrownBy(() -> take("a", 200, account)).isInstanceOf(RefusedException.class);
    assertThat(account.kept).isEqualTo(900);

    nanos += TEN.time().toNanos() + 1;
    take("c", 300, account);
    assertThat(account.kept).isEqualTo(300);
    assertThat(ledger.parts()).isEqualTo(1);
  }

  @Test
  void publication_displacesItsOwnBeforeItIsCounted() {
    var account = new Account(1_000);
    for (var i = 0; i < 50; i++) {
      take("a", 100, account);
    }
    assertThat(account.kept).isEqualTo(1_000);
  }

  @Test
  void refusedPublication_displacesNothing() {
    var one = new Account(1_000);
    var other = new Account(50);
    for (var i = 0; i < 10; i++) {
      take("a", 100, one);
    }
    assertThatThrownBy(() -> take("a", 100, other)).isInstanceOf(RefusedException.class);
    assertThat(one.kept).isEqualTo(1_000);
  }

  @Test
  void publicationOfNobody_displacesThatOfAccount() {
    var account = new Account(1_000);
    take("a", 100, account);
    for (var i = 0; i < 10; i++) {
      take("a", 100, null);
    }
    assertThat(account.kept).isZero();
  }

  @Test
  void largerThanHistory_isNotKept() {
    var account = new Account(100_000);
    take("a", 100, account);
    take("a", TEN.bytes() + 1, account);
    assertThat(account.kept).isZero();
    assertThat(ledger.parts()).isZero();
  }

  @Test
  void publicationThatWasNotStored_isGivenBackOnce() {
    var account = new Account(1_000);
    var receipt = Objects.requireNonNull(take("a", 400, account));
    ledger.giveBack(receipt);
    ledger.giveBack(receipt);
    assertThat(account.kept).isZero();
    take("a", 300, account);
    ledger.forget("a");
    assertThat(account.kept).isZero();
    assertThat(ledger.parts()).isZero();
  }

  @Test
  void withoutLimit_nothingIsCounted() {
    assertThat(take("a", 100, new Account(0))).isNull();
    assertThat(take("a", 100, null)).isNull();
    assertThat(ledger.parts()).isZero();
  }

  @Test
  void tooManyParts_areRefused() {
    var account = new Account(1_000_000);
    for (var i = 0; i < 1_000; i++) {
      take("room:" + i, 10, account);
    }
    assertThatThrownBy(() -> take("other", 10, account))
        .isInstanceOfSatisfying(
            RefusedException.class, e -> assertThat(e.refusal().status()).isEqualTo(503));
    assertThat(account.kept).isEqualTo(10_000);
  }

  /** A channel of a single account keeps there what its window keeps, if all are of equal size. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void randomPublications_areCountedAsWindowKeepsThem(long seed) {
    var random = new Random(seed);
    var retention = new Retention(40, Duration.ofSeconds(16), 10_000);
    var message = Message.of("say", "x".repeat(random.nextInt(400)));
    var size = Window.bytesOf(message);
    var window = new Window(retention, () -> nanos);
    var accounts = List.of(new Account(1 << 20), new Account(1 << 20));
    for (var i = 1; i <= 2_000; i++) {
      nanos += random.nextLong(1_000_000_000L);
      ledger.take("a", retention, size, accounts.get(random.nextInt(2)));
      window.add(new Window.Kept(i, new History.Entry(i, message), nanos));
      var kept = accounts.get(0).kept + accounts.get(1).kept;
      // a part is forgotten up to a sixteenth of the time later than its first publication
      assertThat(kept)
          .isBetween((long) window.bytes(), Math.min(window.bytes() + 20L * size, 10_000L));
    }
  }

  private HistoryLedger.@Nullable Receipt take(
      String channel, long bytes, @Nullable HistoryAccount account) {
    return ledger.take(channel, TEN, bytes, account);
  }
}
