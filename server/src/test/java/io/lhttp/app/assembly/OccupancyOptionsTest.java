package io.lhttp.app.assembly;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lhttp.app.config.ConfigurationException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The server counts subscribers if a link reports occupied channels when it starts. */
class OccupancyOptionsTest {
  private static final String OPEN =
      "chain: [ { events: { to: 'http://127.0.0.1:9/', on: [ open ] } }, pubsub ]\n";
  private static final String OCCUPIED =
      "chain: [ { events: { to: 'http://127.0.0.1:9/', on: [ occupied ], channels: [ 'a*' ] } },"
          + " pubsub ]\n";

  @TempDir private Path folder;

  private ApplicationLoader loader(String settings) throws Exception {
    Files.writeString(folder.resolve("lhttp.yaml"), settings);
    return new ApplicationLoader(folder);
  }

  @Test
  void readings_shareOccupancy() throws Exception {
    var first = loader(OCCUPIED).load();
    var second = loader(OCCUPIED.replace("'a*'", "'b*'")).load(first);

    assertThat(first.occupancy()).isPresent();
    assertThat(second.occupancy()).isEqualTo(first.occupancy());
    assertThat(loader(OPEN).load().occupancy()).isEmpty();
  }

  @Test
  void laterReading_needsRestartForFirstLink() throws Exception {
    var first = loader(OPEN).load();

    assertThatThrownBy(() -> loader(OCCUPIED).load(first))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("lhttp.yaml:1:")
        .hasMessageContaining("events: the events occupied and vacated need a restart");
  }

  @Test
  void natsWithoutPrefix_isRefused() {
    assertThatThrownBy(() -> loader("broker: { nats: { subject-prefix: '' } }\n" + OCCUPIED).load())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("needs a subject-prefix");
  }
}
