package io.lhttp.internal.chain;

import io.lhttp.RefusedException;
import io.lhttp.internal.log.Loggable;
import io.lhttp.message.ProtocolException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.net.http.HttpTimeoutException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.UnresolvedAddressException;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Recognises exceptions with a cause outside the link: a malformed message, or an upstream, a
 * broker or a database out of reach. They are no evidence against the link's code.
 */
final class ExternalCause {
  private static final int DEPTH = 8;

  /** Classes of such exceptions, and of their superclasses, that this module may not have. */
  private static final Set<String> NAMES =
      Set.of(
          "java.sql.SQLTransientException",
          "java.sql.SQLRecoverableException",
          "java.sql.SQLNonTransientConnectionException",
          "okhttp3.internal.http2.StreamResetException",
          "okhttp3.internal.http2.ConnectionShutdownException",
          "io.nats.client.JetStreamApiException");

  private ExternalCause() {}

  static boolean of(Throwable thrown) {
    return Loggable.causes(thrown, DEPTH).stream().anyMatch(ExternalCause::external);
  }

  private static boolean external(Throwable cause) {
    return cause instanceof RefusedException
        || cause instanceof ProtocolException
        || cause instanceof SocketException
        || cause instanceof InterruptedIOException
        || cause instanceof UnknownHostException
        || cause instanceof UnresolvedAddressException
        || cause instanceof SSLException
        || cause instanceof HttpTimeoutException
        || cause instanceof ClosedChannelException
        || cause instanceof EOFException
        || cause instanceof TimeoutException
        || cause.getClass().equals(IOException.class) // HTTP clients: the connection broke
        || isNamed(cause.getClass());
  }

  private static boolean isNamed(Class<?> type) {
    for (@Nullable Class<?> one = type; one != null; one = one.getSuperclass()) {
      if (NAMES.contains(one.getName())) {
        return true;
      }
    }
    return false;
  }
}
