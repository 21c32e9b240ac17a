package io.lhttp.app.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.ConnectException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Reasons are words for people, not names of classes. */
class FailureTest {
  static Stream<Arguments> exceptions() {
    return Stream.of(
        Arguments.of(new IOException("outer", new IOException("inner")), "inner"),
        Arguments.of(new NoSuchFileException("a/b"), "no such file"),
        Arguments.of(new IOException(new AccessDeniedException("a/b")), "permission denied"),
        Arguments.of(new FileSystemException("a", null, "Is a directory"), "Is a directory"),
        Arguments.of(new ConnectException(), "connection refused"),
        Arguments.of(new ClosedChannelException(), "closed channel"));
  }

  @ParameterizedTest
  @MethodSource("exceptions")
  void reason_isInWords(Throwable thrown, String words) {
    assertThat(Failure.reason(thrown)).isEqualTo(words);
  }
}
