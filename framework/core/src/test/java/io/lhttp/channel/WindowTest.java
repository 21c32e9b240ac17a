package io.lhttp.channel;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.message.Message;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A window keeps the newest entries of a channel and finds them by offset. */
class WindowTest {
  private long now;

  @Test
  void randomCalls_agreeWithPlainList() {
    var random = new Random(7);
    for (var round = 0; round < 200; round++) {
      var retention =
          new Retention(
              1 + random.nextInt(60), Duration.ofSeconds(5), 1024 + random.nextInt(9_000));
      var window = new Window(retention, () -> now);
      var model = new Model(retention);
      var place = (long) random.nextInt(5);
      window.begin(place);
      model.floor = place;
      for (var step = 0; step < 200; step++) {
        now += random.nextInt(100_000_000);
        if (random.nextInt(3) > 0) {
          place += 1 + random.nextInt(4);
          var kept = kept(place, "x".repeat(random.nextInt(300)));
          window.add(kept);
          model.kept.add(kept);
        }
        window.forget();
        model.forget();
        var from = place - random.nextInt(80) + 2;
        var max = random.nextInt(20);
        assertThat(window.after(from, max)).isEqualTo(model.after(from, max));
        assertThat(window.before(max)).isEqualTo(model.before(max));
        assertThat(window.floor()).isEqualTo(model.floor);
        assertThat(window.bytes()).isEqualTo(model.bytes());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 50_000, 99_990, 99_999, 100_000, 200_000})
  void after_longHistory_readsFewEntries(long from) {
    var entries = new CountedConnection();
    var window =
        new Window(
            new Retention(100_000, Duration.ofHours(1), Integer.MAX_VALUE), () -> now, entries);
    for (var place = 1; place <= 100_000; place++) {
      window.add(kept(place, ""));
    }
    entries.looks = 0;

    var page = window.after(from, 16);

    assertThat(page).hasSize(Math.clamp(100_000 - from, 0, 16));
    assertThat(entries.looks).isLessThanOrEqualTo(17 + 16);
  }

  @Test
  void forgottenEntry_isNotHeld() {
    var entries = new CountedConnection();
    var window =
        new Window(new Retention(1, Duration.ofHours(1), Integer.MAX_VALUE), () -> now, entries);
    var first = kept(1, "first");
    window.add(first);
    window.add(kept(2, "second"));

    assertThat(entries).doesNotContain(first);
  }

  private Window.Kept kept(long place, String body) {
    return new Window.Kept(place, new History.Entry(place, Message.of("chat", body)), now);
  }

  private static final class CountedConnection extends ArrayList<Window.Kept> {
    private static final long serialVersionUID = 1L;
    int looks;

    @Override
    public Window.Kept get(int index) {
      looks++;
      return super.get(index);
    }
  }

  /** A model of the window that searches from the oldest entry on. */
  private final class Model {
    final Retention retention;
    final List<Window.Kept> kept = new ArrayList<>();
    long floor;

    Model(Retention retention) {
      this.retention = retention;
    }

    void forget() {
      while (!kept.isEmpty()
          && (kept.size() > retention.messages()
              || bytes() > retention.bytes()
              || now - kept.getFirst().time() > retention.time().toNanos())) {
        floor = kept.removeFirst().place();
      }
    }

    int bytes() {
      return kept.stream().mapToInt(one -> one.entry().message().size() + 256).sum();
    }

    List<History.Entry> after(long place, int max) {
      return kept.stream()
          .filter(one -> one.place() > place)
          .limit(max)
          .map(Window.Kept::entry)
          .toList();
    }

    long before(int count) {
      return count == 0 || kept.size() <= count ? floor : kept.get(kept.size() - count - 1).place();
    }
  }
}
