package io.lhttp.server.internal.limit;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lhttp.fixture.RawClient;
import io.lhttp.server.Limits;
import io.lhttp.server.MemoryShare;
import io.lhttp.server.internal.http.Requests;
import io.lhttp.server.internal.limit.Budget.Part;
import io.lhttp.server.internal.websocket.FrameDecoder;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;
import java.util.ArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The memory budget bounds the bytes of all connections together, and its size is parsed from text.
 */
class BudgetTest {
  private static final long HEAP = 1_000_000_000;

  private final Budget budget = new Budget(64_000);

  @Test
  void take_isAllOrNothing() {
    assertThat(budget.take(Part.RECEIVED, 60_000)).isTrue();
    assertThat(budget.take(Part.EXCHANGES, 4_001)).isFalse();
    assertThat(budget.take(Part.EXCHANGES, 4_000)).isTrue();

    assertThat(budget.used()).isEqualTo(64_000);
    assertThat(budget.used(Part.RECEIVED)).isEqualTo(60_000);
    assertThat(budget.used(Part.EXCHANGES)).isEqualTo(4_000);
  }

  @Test
  void take_lastSixteenth_isForSmallAmounts() {
    assertThat(budget.take(Part.RECEIVED, 60_001)).isFalse();
    assertThat(budget.take(Part.RECEIVED, 60_000)).isTrue();
    assertThat(budget.over()).isFalse();

    assertThat(budget.take(Part.RECEIVED, 9_000)).isFalse();
    assertThat(budget.take(Part.RECEIVED, 100)).isTrue();
    assertThat(budget.over()).isTrue();
  }

  @Test
  void share_fallsAsBudgetIsUsed() {
    assertThat(budget.share()).isEqualTo(1_000);
    budget.add(Part.SENDING, 32_000);
    assertThat(budget.share()).isEqualTo(500);
    budget.add(Part.SENDING, 24_000);
    assertThat(budget.spent()).isFalse();
    budget.add(Part.SENDING, 1);
    assertThat(budget.spent()).isTrue();
    budget.add(Part.SENDING, 15_999);
    assertThat(budget.share()).isZero();
    assertThat(budget.over()).isTrue();
    budget.add(Part.SENDING, -72_000);
    assertThat(budget.share()).isEqualTo(1_000);
  }

  @Test
  void take_manyThreads_staysWithinBudget() throws Exception {
    var taken = new AtomicLong();
    var threads = new ArrayList<Thread>();
    for (var i = 0; i < 8; i++) {
      threads.add(
          Thread.ofVirtual()
              .start(() -> {
                for (var n = 0; n < 10_000; n++) {
                  if (budget.take(Part.RECEIVED, 7)) {
                    taken.addAndGet(7);
                  }
                }
              }));
    }
    for (var thread : threads) {
      thread.join();
    }

    assertThat(budget.used()).isEqualTo(taken.get()).isBetween(64_000L - 7, 64_000L);
  }

  @Test
  void cutOffBody_givesBackBeforeSocketCloses() {
    var channel = requests();
    budget.add(Part.SENDING, 50_000);
    var head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 20000\r\n\r\n";

    assertThatThrownBy(
            () -> channel.writeInbound(Unpooled.copiedBuffer(head + "x".repeat(12_000), US_ASCII)))
        .hasRootCauseInstanceOf(Requests.SpentException.class);

    assertThat(channel.isOpen()).isTrue();
    assertThat(budget.used()).isEqualTo(50_000);
    channel.close();
    assertThat(budget.used()).isEqualTo(50_000);
  }

  private EmbeddedChannel requests() {
    return new EmbeddedChannel(
        new Requests.Decoder(Limits.DEFAULT, budget, () -> false),
        new Requests(Limits.DEFAULT, budget));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET / HTTP/1.1\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"
      })
  void incompleteHeadOrTrailer_countsUntilComplete(String begin) {
    var channel = requests();
    channel.writeInbound(Unpooled.copiedBuffer(begin, US_ASCII));
    for (var i = 0; i < 100; i++) {
      channel.writeInbound(Unpooled.copiedBuffer("a" + i + ":\r\n", US_ASCII));
    }

    assertThat(budget.used(Part.RECEIVED)).isGreaterThan(10_000);

    channel.writeInbound(Unpooled.copiedBuffer("Host: a\r\n\r\n", US_ASCII));
    assertThat(budget.used()).isZero();
    channel.writeInbound(Unpooled.copiedBuffer("GET / HTTP/1.1\r\na:\r\n", US_ASCII));
    assertThat(budget.used()).isPositive();
    channel.finishAndReleaseAll();
    assertThat(budget.used()).isZero();
  }

  @Test
  void incompleteHead_overBudget_isCutOff() {
    var channel = requests();
    budget.add(Part.SENDING, 60_000);

    assertThatThrownBy(
            () -> channel.writeInbound(Unpooled.copiedBuffer("GET / HTTP/1.1\r\na:\r\n", US_ASCII)))
        .hasRootCauseInstanceOf(Requests.SpentException.class);

    assertThat(budget.used()).isEqualTo(60_000);
    channel.finishAndReleaseAll();
  }

  @Test
  void smallChunks_keepNoBufferOfSocket() {
    var channel = requests();
    var head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    channel.writeInbound(Unpooled.copiedBuffer(head, US_ASCII));
    for (var i = 0; i < 1_000; i++) {
      var read = Unpooled.buffer(2_048).writeBytes("1\r\na\r\n".getBytes(US_ASCII));
      channel.writeInbound(read);

      assertThat(read.refCnt()).isZero();
    }
    channel.writeInbound(Unpooled.copiedBuffer("0\r\n\r\n", US_ASCII));

    FullHttpRequest request = channel.readInbound();
    assertThat(request.content().toString(US_ASCII)).isEqualTo("a".repeat(1_000));
    request.release();
    channel.finishAndReleaseAll();
  }

  @Test
  void discardedFrame_givesBackBeforeBytesAreSkipped() {
    var config = WebSocketDecoderConfig.newBuilder().maxFramePayloadLength(60_000).build();
    var channel = new EmbeddedChannel(new FrameDecoder(config, budget));
    budget.add(Part.SENDING, 50_000);
    var frame = RawClient.frame(RawClient.FINAL | RawClient.TEXT, new byte[20_000]);
    channel.writeInbound(Unpooled.wrappedBuffer(frame, 0, 12_000));
    assertThat(budget.used()).isBetween(61_980L, 62_000L);

    FrameDecoder.discard(channel);

    assertThat(budget.used()).isEqualTo(50_000);
    channel.runPendingTasks();
    channel.finishAndReleaseAll();
    assertThat(budget.used()).isEqualTo(50_000);
  }

  @ParameterizedTest
  @CsvSource({
    "40%, 400000000",
    "1 %, 10000000",
    "80%, 800000000",
    "4096, 4096",
    "16MiB, 16777216",
    "512 kib, 524288",
    "900GiB, 800000000"
  })
  void parse_percentageOrSize_givesBytes(String text, long bytes) {
    assertThat(MemoryShare.parse(text).bytesOf(HEAP)).isEqualTo(bytes);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "0", "0%", "81%", "-1", "1.5MiB", "%", "half", "1 TB", "99999999999GiB"})
  void parse_malformedShare_namesExpectedForm(String text) {
    assertThatThrownBy(() -> MemoryShare.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a share of the heap from 1% to 80%, or a size such as 512MiB");
  }
}
