package io.lhttp.internal.measure;

import io.lhttp.Connection;
import io.lhttp.message.Message;
import org.jspecify.annotations.Nullable;

/** An exchange, as a meter sees it. */
public interface MeteredExchange {
  Connection connection();

  /** The message as the client sent it. */
  Message received();

  /** The command, or a common name where no processor has it. */
  String commandForMetrics();

  /** The event loop that the exchange runs on; null on a virtual thread. */
  BlockWatch.@Nullable Slot slot();

  /** For how many messages this one's times stand; 0 where no time is taken. */
  int weight();
}
