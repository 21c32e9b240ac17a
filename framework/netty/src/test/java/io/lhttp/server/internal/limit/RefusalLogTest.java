package io.lhttp.server.internal.limit;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.fixture.CapturedLog;
import io.lhttp.server.internal.limit.RefusalLog.Cause;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** The log of refusals writes each cause and value once a minute. */
class RefusalLogTest {
  private static final long MINUTE = Duration.ofMinutes(1).toNanos();

  // near the largest value, because nanoTime may overflow
  private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - MINUTE);
  private final RefusalLog refusals = new RefusalLog(now::get);
  @AutoClose private final CapturedLog logged = new CapturedLog(RefusalLog.class);

  @Test
  void sameRefusal_isLoggedOnceAMinuteWithBothValues() {
    refuse(Cause.ORIGIN, "http://evil", 1_000);
    assertThat(logged.messages())
        .containsExactly(
            "refused cause=origin value=\"http://evil\" expected=\"https://good\" client=192.0.2.1");
    now.addAndGet(MINUTE - 1);
    refuse(Cause.ORIGIN, "http://evil", 1);
    assertThat(logged.messages()).hasSize(1);
    now.addAndGet(1);
    refuse(Cause.ORIGIN, "http://evil", 5);
    assertThat(logged.messages()).hasSize(2);
    assertThat(logged.messages().getLast()).endsWith("client=192.0.2.1 not-logged-before=1000");
  }

  @Test
  void otherValueOrCause_isLoggedToo() {
    refuse(Cause.ORIGIN, "http://evil", 3);
    refuse(Cause.ORIGIN, "http://other", 3);
    refuse(Cause.HOST, "http://evil", 3);
    assertThat(logged.messages()).hasSize(3);
  }

  @Test
  void floodOfValues_isCountedAndNotKept() {
    for (var i = 0; i < 10_000; i++) {
      refuse(Cause.HOST, "host-" + i, 1);
    }
    assertThat(logged.messages()).hasSize(RefusalLog.VALUES);
    now.addAndGet(MINUTE);
    refuse(Cause.HOST, "host-0", 1);
    assertThat(logged.messages().getLast())
        .endsWith("not-logged-before=" + (10_000 - RefusalLog.VALUES));
  }

  @Test
  void longValue_isCut() {
    refuse(Cause.HOST, "x".repeat(10_000), 1);
    assertThat(logged.messages().getFirst()).hasSizeLessThan(400).contains("x…\"");
  }

  @Test
  void valueWithQuotes_staysWithinItsQuotes() {
    refuse(Cause.HOST, "a\" client=192.0.2.9 x=\"", 1);
    assertThat(logged.messages().getFirst())
        .contains("value=\"a' client=192.0.2.9 x='\" expected=");
  }

  @Test
  void hint_isLoggedOnceAnHour() {
    refuse(Cause.UNTRUSTED_PROXY, "192.0.2.7", 1);
    now.addAndGet(30 * MINUTE);
    refuse(Cause.UNTRUSTED_PROXY, "192.0.2.7", 1);
    assertThat(logged.messages()).hasSize(1);
    assertThat(logged.messages().getFirst())
        .startsWith("forwarding header ignored cause=untrusted-proxy");
    now.addAndGet(30 * MINUTE);
    refuse(Cause.UNTRUSTED_PROXY, "192.0.2.7", 1);
    assertThat(logged.messages()).hasSize(2);
  }

  private void refuse(Cause cause, String value, int times) {
    for (var i = 0; i < times; i++) {
      refusals.refused(cause, value, "https://good", "192.0.2.1");
    }
  }
}
