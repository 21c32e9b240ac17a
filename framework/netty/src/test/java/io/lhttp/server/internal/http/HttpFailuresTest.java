package io.lhttp.server.internal.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.channel.ForwardingBroker;
import io.lhttp.channel.MemoryBroker;
import io.lhttp.fixture.CapturedLog;
import io.lhttp.fixture.RawClient;
import io.lhttp.server.fixture.Servers;
import java.io.IOException;
import java.net.URI;
import java.nio.file.ClosedFileSystemException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An exception of the server itself answers 500 and leaves the connection usable. */
class HttpFailuresTest {
  private static final String LIVE = RawClient.request("GET /livez", "Host: test");

  @AutoClose private final CapturedLog logged = new CapturedLog(HttpHandler.class);

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(
      classes = {
        IllegalStateException.class,
        RejectedExecutionException.class,
        StackOverflowError.class,
        NoClassDefFoundError.class
      })
  void routeThatThrows_answers500_nextRequestIsServed(Class<? extends Throwable> kind)
      throws Exception {
    var thrown = kind.getConstructor(String.class).newInstance("with a secret");
    try (var server = Servers.start(builder -> builder.broker(new Troubled(thrown)));
        var client = RawClient.connect(server.port())) {
      client.send(RawClient.request("GET /readyz", "Host: test"));
      var answer = client.answer();
      assertThat(answer.status()).isEqualTo(500);
      assertThat(answer.body()).isEqualTo("{\"status\":500,\"error\":\"the server failed\"}");

      client.send(LIVE);
      assertThat(client.answer().status()).isEqualTo(200);
    }
    assertThat(logged.events())
        .filteredOn(event -> event.getThrowableProxy() != null)
        .singleElement()
        .satisfies(event -> {
          assertThat(event.getFormattedMessage()).contains("an HTTP request");
          assertThat(event.getThrowableProxy().getMessage()).contains("with a secret");
        });
  }

  @Test
  void fileLookUpThatThrows_answers500_nextRequestIsServed() throws IOException {
    var archive = URI.create("jar:" + folder.resolve("public.zip").toUri());
    var files = FileSystems.newFileSystem(archive, Map.of("create", "true"));
    var inside = Files.createDirectory(files.getPath("/public"));
    try (var server = Servers.start(builder -> builder.publicFolder(inside));
        var client = RawClient.connect(server.port())) {
      files.close();
      for (var path : new String[] {"/", "/a.css", "/sub/"}) {
        client.send(RawClient.request("GET " + path, "Host: test"));
        assertThat(client.answer().status()).as(path).isEqualTo(500);
      }
      client.send(LIVE);
      assertThat(client.answer().status()).isEqualTo(200);
    }
    assertThat(logged.events())
        .first()
        .satisfies(event ->
            assertThat(event.getThrowableProxy().getClassName())
                .contains(ClosedFileSystemException.class.getSimpleName()));
  }

  /** A broker whose state can't be read. */
  private static final class Troubled extends ForwardingBroker {
    private final Throwable thrown;

    Troubled(Throwable thrown) {
      super(new MemoryBroker());
      this.thrown = thrown;
    }

    @Override
    public Optional<String> trouble() {
      switch (thrown) {
        case RuntimeException exception -> throw exception;
        case Error error -> throw error;
        default -> throw new IllegalArgumentException(thrown);
      }
    }
  }
}
