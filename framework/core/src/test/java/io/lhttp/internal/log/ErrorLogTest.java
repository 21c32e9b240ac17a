package io.lhttp.internal.log;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.LoggerFactory;

/** ErrorLog log each cause once a minute, also throwables whose own methods throw. */
class ErrorLogTest {
  private final Logger log = (Logger) LoggerFactory.getLogger(ErrorLogTest.class);
  private final ListAppender<ILoggingEvent> events = new ListAppender<>();
  private final AtomicLong now = new AtomicLong();
  private final ErrorLog errors = new ErrorLog(log, "the watch", now::get);

  @BeforeEach
  void listen() {
    log.setAdditive(false);
    events.start();
    log.addAppender(events);
  }

  @AfterEach
  void end() {
    log.detachAppender(events);
  }

  @Test
  void sameCause_isLoggedOnceAMinuteWithCount() {
    for (var i = 0; i < 5; i++) {
      errors.run(ErrorLogTest::fail);
    }
    now.addAndGet(Duration.ofMinutes(1).toNanos());
    errors.run(ErrorLogTest::fail);

    assertThat(events.list)
        .extracting(ILoggingEvent::getFormattedMessage)
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

    assertThat(events.list).hasSize(65);
  }

  /** Throwables that can't be told. */
  @SuppressWarnings({"OverrideThrowableToString", "ToStringReturnsNull"}) // what they are for
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
      @SuppressWarnings("NullAway") // what a careless class does
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

    assertThat(events.list)
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
