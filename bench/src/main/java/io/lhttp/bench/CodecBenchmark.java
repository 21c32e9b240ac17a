package io.lhttp.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lhttp.message.Message;
import io.lhttp.message.MessageReader;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Measures the time to read and build a message; {@code -prof gc} adds the allocations. */
@State(Scope.Thread)
@BenchmarkMode(org.openjdk.jmh.annotations.Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class CodecBenchmark {
  private final byte[] chat =
      """
      LHTTP/1.0 chat
      content-type:json
      publish:channel_jack

      {
      to:jack,
      from:mike,
      message:hello jack,
      time:1990-1210 5:30:48
      }\
      """
          .replace("\n", "\r\n")
          .getBytes(UTF_8);

  private final byte[] echo =
      """
      LHTTP/1.0 echo
      content-type:text
      id:42
      x-trace:1f2e3d4c5b6a7988

      the quick brown fox jumps over the lazy dog\
      """
          .replace("\n", "\r\n")
          .getBytes(UTF_8);

  private final Message request = MessageReader.DEFAULT.read(echo, Message.Format.TEXT);

  @Benchmark
  public Message readChat() {
    return MessageReader.DEFAULT.read(chat, Message.Format.TEXT);
  }

  @Benchmark
  public Message readEcho() {
    return MessageReader.DEFAULT.read(echo, Message.Format.TEXT);
  }

  /** Looks up the headers that pub/sub and multipart use, in a message without them. */
  @Benchmark
  public Optional<String> readEchoAndLookUp() {
    var message = MessageReader.DEFAULT.read(echo, Message.Format.TEXT);
    return message.header("publish").or(() -> message.header("multipart"));
  }

  /**
   * Builds a reply as {@code Exchange.send(body)} does: with the request's command and headers,
   * except {@code authorization}.
   */
  @Benchmark
  public Message replyWithRequestsHeaders() {
    return request.without("authorization").withBody("you said that");
  }

  /** Builds a reply with a header of its own. */
  @Benchmark
  public Message replyWithOwnHeaders() {
    return Message.builder(request.command())
        .header("content-type", "text")
        .body("you said that")
        .build();
  }
}
