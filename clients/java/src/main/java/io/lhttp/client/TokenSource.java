package io.lhttp.client;

/**
 * Provides the token that a client or a publisher sends to the server. A client calls it on its
 * executor, so it may block there.
 */
@FunctionalInterface
public interface TokenSource {
  /**
   * Returns the token for the next connection of a client, or the next message of a publisher. If
   * it throws, a client calls it again after a pause.
   *
   * @param refused whether the server has refused the last token. If the source then returns the
   *     same token or none, a client closes for good with 4401
   * @return visible ASCII without spaces; empty for no token
   */
  String token(boolean refused) throws Exception;
}
