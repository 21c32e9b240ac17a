package io.lhttp.internal.measure;

import io.lhttp.Connection;
import io.lhttp.message.Message;
import org.jspecify.annotations.Nullable;

/** The view of an exchange that meters need. */
public interface MeteredExchange {
  Connection connection();

  /** The message as the client sent it. */
  Message received();

  /** The received command, or one common name for all commands without a processor. */
  String commandForMetrics();

  /** The block watch's slot of the event loop that runs the exchange; null on a virtual thread. */
  BlockWatch.@Nullable Slot slot();

  /**
   * The number of messages that this one's measured time stands for; 0 if its time is not measured.
   */
  int weight();
}
