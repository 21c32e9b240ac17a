package io.lhttp.server.internal.tracing;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.lhttp.Exchange;
import io.lhttp.Processor;
import io.lhttp.chain.ChainSpec;
import io.lhttp.chain.ProcessorSpec;
import io.lhttp.message.Message.Format;
import io.lhttp.server.Limits;
import io.lhttp.server.internal.connection.LoopHarness;
import java.lang.management.ManagementFactory;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A server without a tracer allocates nothing for traces. */
class TracingCostTest {
  private static final int MESSAGES = 200;
  private static final int ROUNDS = 50;
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private static final Processor SILENT =
      new Processor() {
        @Override
        public void onMessage(Exchange exchange) {}

        @Override
        public boolean mayBlock() {
          return false;
        }
      };

  /** Both messages have a header of the same length, so that the codec allocates alike. */
  @Test
  void message_withTraceparent_allocatesAsMuchAsWithAnyOtherHeader() {
    var harness =
        new LoopHarness(
            Limits.DEFAULT,
            new ChainSpec(List.of(), List.of(ProcessorSpec.of("quiet", SILENT))),
            Runnable::run);
    var equal = 0;
    for (var round = 0; round < ROUNDS; round++) {
      var traced = bytesFor(harness, "traceparent");
      var plain = bytesFor(harness, "tracepagent");
      // the compiler may remove an allocation between the two, but not in every round
      equal += traced == plain && traced > 0 ? 1 : 0;
    }

    assertThat(equal).isPositive();
  }

  private static long bytesFor(LoopHarness harness, String header) {
    var payload =
        "LHTTP/1.0 quiet\r\n%s:00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n\r\n"
            .formatted(header)
            .getBytes(UTF_8);
    var before = THREADS.getCurrentThreadAllocatedBytes();
    for (var i = 0; i < MESSAGES; i++) {
      harness.session.receiver().receive(Format.TEXT, payload, false);
    }
    return (THREADS.getCurrentThreadAllocatedBytes() - before) / MESSAGES;
  }
}
