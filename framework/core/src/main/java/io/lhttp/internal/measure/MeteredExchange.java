package io.lhttp.internal.measure;

import io.lhttp.Connection;
import io.lhttp.message.Message;
import org.jspecify.annotations.Nullable;

/** An exchange, as a meter sees it. */
public interface MeteredExchange {
  Connection connection();

  /** The message as the client sent it. */
  Message received();

  /** The command, or one common name for all commands without a processor. */
  String commandForMetrics();

  /** The block watch's slot of the event loop that runs the exchange; null on a virtual thread. */
  BlockWatch.@Nullable Slot slot();

  /** The number of messages that this one's time stands for; 0 if no time is taken. */
  int weight();
}
