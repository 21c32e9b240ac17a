package io.lhttp.internal.chain;

import io.lhttp.message.Message;

/** A connection that bounds the replies of its running exchange apart from other messages. */
public interface ReplySink {
  /** Sends a reply of an exchange of this connection. All threads may call this method. */
  void reply(Message message);
}
