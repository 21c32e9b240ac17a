package io.lhttp.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.message.Message;
import io.lhttp.message.MessageReader;
import io.lhttp.server.Transport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Every mode of load runs for a moment against each server and loses nothing; no speed is checked.
 */
class LoadTest {
  @ParameterizedTest
  @EnumSource(value = Mode.class, mode = EnumSource.Mode.EXCLUDE, names = "FANOUT_1000")
  void eachMode_againstFloor_losesNothing(Mode mode) throws Exception {
    try (var floor = FloorServer.start(Io.named("auto"))) {
      check(mode, run(mode, floor.port()));
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Mode.class,
      names = {"ECHO", "FANOUT_100", "PUBLISH"})
  void eachMode_againstOurServer_losesNothing(Mode mode) throws Exception {
    try (var ours = BenchServer.start(Transport.AUTO)) {
      check(mode, run(mode, ours.port()));
    }
  }

  @Test
  void driverFrames_areLhttpMessages() {
    assertThat(read(LoadBytes.echo()).header("content-type")).contains("text");
    assertThat(read(LoadBytes.join()).header("subscribe")).contains("bench");
    assertThat(read(LoadBytes.chat()).header("publish")).contains("bench");
  }

  private static Message read(byte[] frame) {
    var payload = new byte[frame.length - 6];
    for (var i = 0; i < payload.length; i++) {
      payload[i] = (byte) (frame[6 + i] ^ frame[2 + i % 4]);
    }
    return MessageReader.DEFAULT.read(payload, Message.Format.TEXT);
  }

  private static Result run(Mode mode, int port) throws Exception {
    var target = Target.parse("it=127.0.0.1:%d@%d".formatted(port, ServerProcess.self().pid()));
    var lines = new ArrayList<String>();
    new Load(mode, List.of(target), 20, 4, 1, 1, 0, Duration.ofMillis(100))
        .run(TurnSignals.NONE, lines::add);
    return lines.stream().map(Result::parse).flatMap(Optional::stream).findFirst().orElseThrow();
  }

  private static void check(Mode mode, Result result) {
    assertThat(result.server()).isEqualTo("it");
    if (mode == Mode.IDLE) {
      assertThat(result.figures()).containsKeys(Figure.PER_CONNECTION, Figure.RESIDENT);
    } else {
      assertThat(result.figures()).containsEntry(Figure.LOST, 0.0).containsKey(Figure.RATE);
    }
  }
}
