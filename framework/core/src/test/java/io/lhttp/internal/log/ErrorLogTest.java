package io.lhttp.internal.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.fixture.CapturedLog;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.LoggerFactory;

/** The error log writes each cause once a minute, also throwables whose own methods throw. */
class ErrorLogTest {
  @AutoClose private final CapturedLog log = new CapturedLog(ErrorLogTest.class);
  private final AtomicLong now = new AtomicLong();
  private final ErrorLog errors =
      new ErrorLog(LoggerFactory.getLogger(ErrorLogTest.class), "the watch", now::get);

  @Test
  void sameCause_isLoggedOnceAMinuteWithCount() {
    for (var i = 0; i < 5; i++) {
      errors.run(ErrorLogTest::fail);
    }
    now.addAndGet(Duration.ofMinutes(1).toNanos());
    errors.run(ErrorLogTest::fail);

    assertThat(log.messages())
        .containsExactly(
            "the watch failed and continues unlogged=0",
            "the watch failed and continues unlogged=4");
  }

  @Test
  void distinctCauses_beyond64_countAsOne() {
    for (var i = 0; i < 1_000; i++) {
      var thrown = new IllegalStateException("again");
      thrown.setStackTrace(new StackTraceElement[] {new StackTraceElement("A", "b", "A.java", i)});
      errors.add(thrown);
    }

    assertThat(log.events()).hasSize(65);
  }

  /** Throwables with a method that throws or returns null. */
  // the tests need such methods
  @SuppressWarnings({"OverrideThrowableToString", "ToStringReturnsNull"})
  enum Unspeakable {
    MESSAGE {
      @Override
      Throwable thrown() {
        return new Error() {
          @Override
          public String getMessage() {
            throw new IllegalStateException("no");
          }
        };
      }
    },
    TEXT {
      @Override
      Throwable thrown() {
        return new Error("fine") {
          @Override
          public String toString() {
            throw new StackOverflowError();
          }
        };
      }
    },
    STACK {
      @Override
      Throwable thrown() {
        return new RuntimeException("fine") {
          @Override
          public StackTraceElement[] getStackTrace() {
            throw new IllegalStateException("no");
          }
        };
      }
    },
    CAUSE {
      @Override
      Throwable thrown() {
        return new RuntimeException("fine") {
          @Override
          public synchronized Throwable getCause() {
            throw new IllegalStateException("no");
          }
        };
      }
    },
    NO_TEXT {
      @Override
      @SuppressWarnings("NullAway") // a careless class may do this
      Throwable thrown() {
        return new RuntimeException("fine") {
          @Override
          public String toString() {
            return null;
          }
        };
      }
    };

    abstract Throwable thrown();
  }

  @ParameterizedTest
  @EnumSource
  void throwableThatThrows_isLoggedByItsClass(Unspeakable kind) {
    errors.add(kind.thrown());

    assertThat(log.events())
        .singleElement()
        .satisfies(event ->
            assertThat(event.getThrowableProxy().getMessage())
                .satisfiesAnyOf(
                    text -> assertThat(text).contains("ErrorLogTest$Unspeakable"),
                    text -> assertThat(text).contains("fine"),
                    text -> assertThat(text).isEqualTo("null")));
  }

  private static void fail() {
    throw new IllegalStateException("no");
  }
}
