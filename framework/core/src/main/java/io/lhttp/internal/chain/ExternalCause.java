package io.lhttp.internal.chain;

import io.lhttp.RefusedException;
import io.lhttp.internal.log.Loggable;
import io.lhttp.message.ProtocolException;
import java.io.EOFException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.net.http.HttpTimeoutException;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Recognises exceptions with a cause outside the link: a malformed message, an upstream or a broker
 * out of reach. They are no evidence against the link's code.
 */
final class ExternalCause {
  private static final int DEPTH = 8;

  private ExternalCause() {}

  static boolean of(Throwable thrown) {
    @Nullable Throwable cause = thrown;
    for (var depth = 0; cause != null && depth < DEPTH; depth++) {
      if (external(cause)) {
        return true;
      }
      cause = Loggable.cause(cause);
    }
    return false;
  }

  private static boolean external(Throwable cause) {
    return cause instanceof RefusedException
        || cause instanceof ProtocolException
        || cause instanceof SocketException
        || cause instanceof SocketTimeoutException
        || cause instanceof UnknownHostException
        || cause instanceof HttpTimeoutException
        || cause instanceof ClosedChannelException
        || cause instanceof EOFException
        || cause instanceof TimeoutException;
  }
}
