package io.lhttp.scripts;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class OwnThreadTest {
  private final OwnThread thread = new OwnThread(0);

  @Test
  void whatWaitsGoesOnWhereTheWorkerIsAbandoned() {
    var end = new CompletableFuture<Void>();
    occupy(end);
    var next = new CompletableFuture<Thread>();
    thread.execute(() -> next.complete(Thread.currentThread()));

    thread.replace();

    assertThat(next.join().getName()).isEqualTo("lhttp-script-0");
    end.complete(null);
    thread.close();
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void anAbandonedWorkerLeavesTheProcessorsToOthers() throws IOException {
    var end = new CompletableFuture<Void>();
    var abandoned = occupy(end);
    var usual = niceness(system());
    assertThat(niceness(abandoned)).isEqualTo(usual);

    thread.replace();

    assertThat(niceness(abandoned)).isEqualTo(19);
    var next = new CompletableFuture<Path>();
    thread.execute(() -> next.complete(system()));
    assertThat(niceness(next.join())).isEqualTo(usual);
    end.complete(null);
    thread.close();
  }

  /** Keeps the worker busy; what it is for the system. */
  private Path occupy(CompletableFuture<Void> end) {
    var worker = new CompletableFuture<Path>();
    thread.execute(() -> {
      worker.complete(system());
      end.join();
    });
    return worker.join();
  }

  /** What Linux has of the caller. */
  private static Path system() {
    try {
      return Path.of("/proc/thread-self").toRealPath();
    } catch (IOException e) {
      return Path.of("/"); // not Linux
    }
  }

  /** The 19th field of proc_pid_stat(5); the second one is in brackets. */
  private static int niceness(Path thread) throws IOException {
    var stat = Files.readString(thread.resolve("stat"));
    return Integer.parseInt(stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1)[16]);
  }
}
