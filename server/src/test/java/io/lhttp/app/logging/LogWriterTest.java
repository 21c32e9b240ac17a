package io.lhttp.app.logging;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.testing.Eventually;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The log's writer neither waits for a stalled reader nor ends with a failed write. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LogWriterTest {
  private final List<String> written = new CopyOnWriteArrayList<>();
  private final CountDownLatch reading = new CountDownLatch(1);

  @Test
  void add_withStalledReader_dropsAndCountsLines() {
    var writer = new LogWriter(this::writeOnceSomebodyReads, 100);
    writer.notice(count -> ("dropped " + count).getBytes(UTF_8));

    for (var i = 0; i < 1_000; i++) {
      writer.add("0123456789".getBytes(UTF_8));
    }

    assertThat(writer.dropped()).isEqualTo(990);
    assertThat(written).isEmpty();

    reading.countDown();
    writer.flush(Duration.ofSeconds(30));
    assertThat(written).hasSize(11).contains("dropped 990");
    writer.add("next".getBytes(UTF_8));
    Eventually.holds("it goes on", () -> written.contains("next"));
  }

  @Test
  void flush_withStalledReader_endsAtDeadline() {
    var writer = new LogWriter(this::writeOnceSomebodyReads, 100);
    writer.add("lost".getBytes(UTF_8));

    writer.flush(Duration.ofMillis(20));

    assertThat(written).isEmpty();
    reading.countDown();
  }

  @Test
  void failedWrite_isFollowedByNextLine() {
    var writer =
        new LogWriter(
            line -> {
              var text = new String(line, UTF_8);
              switch (text) {
                case "broken" -> throw new IOException("broken pipe");
                case "worse" -> throw new StackOverflowError();
                default -> written.add(text);
              }
            },
            100);

    for (var line : List.of("broken", "worse", "fine")) {
      writer.add(line.getBytes(UTF_8));
    }
    writer.flush(Duration.ofSeconds(30));

    assertThat(written).containsExactly("fine");
  }

  private void writeOnceSomebodyReads(byte[] line) throws IOException {
    try {
      reading.await();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
    written.add(new String(line, UTF_8));
  }
}
