package io.lhttp.app.reload;

import io.lhttp.testing.Eventually;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The watch of a folder, and periodic tasks, continue after an exception. */
class FolderWatchFailuresTest {
  @TempDir private Path folder;

  @Test
  void periodicTaskThatThrows_isRunAgain() {
    var runs = new AtomicInteger();
    try (var _ =
        new PeriodicTask(
            "test",
            "the task of the test",
            () -> {
              runs.incrementAndGet();
              throw new StackOverflowError();
            })) {
      Eventually.holds("the task runs again", () -> runs.get() > 2);
    }
  }

  @Test
  void reloadThatThrows_isFollowedByNextReload() throws IOException {
    var file = folder.resolve("lhttp.yaml");
    Files.writeString(file, "");
    var reloads = new AtomicInteger();
    var reported = new AtomicInteger();
    try (var _ =
        FolderWatch.start(
            folder,
            Set::of,
            FolderState.of(folder),
            () -> {
              if (reloads.incrementAndGet() == 1) {
                throw new LinkageError("once");
              }
              return new ReloadResult.Swapped(
                  2, List.of(), List.of(), Duration.ZERO, Duration.ZERO);
            },
            result -> reported.incrementAndGet())) {
      Files.writeString(file, "trace: true\n");
      Eventually.holds("it has thrown", () -> reloads.get() > 0);
      Files.writeString(file, "trace: false\n\n");
      Eventually.holds("the next save is reported", () -> reported.get() > 0);
    }
  }
}
