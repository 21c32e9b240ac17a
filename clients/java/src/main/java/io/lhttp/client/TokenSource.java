package io.lhttp.client;

/**
 * Provides the token that a client or a publisher sends to the server. A client calls it on its
 * executor; it may block.
 */
@FunctionalInterface
public interface TokenSource {
  /**
   * Returns the token for the next connection of a client, or the next message of a publisher. If
   * it throws, a client calls it again after a pause.
   *
   * @param refused whether the server has refused the last token. A client then closes for good,
   *     with 4401, if this returns the same token or none
   * @return visible ASCII without spaces; empty for no token
   */
  String token(boolean refused) throws Exception;
}
