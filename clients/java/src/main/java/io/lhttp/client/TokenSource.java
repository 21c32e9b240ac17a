package io.lhttp.client;

/**
 * Gives the token that a client shows to the server. Called on the client's executor; may block.
 */
@FunctionalInterface
public interface TokenSource {
  /**
   * The token for the next connection, called before each attempt. If it throws, the client calls
   * it again after a pause.
   *
   * @param refused whether the server has refused the last token. The client then closes for good,
   *     with 4401, if this returns the same token or none
   * @return visible ASCII without spaces; empty for no token
   */
  String token(boolean refused) throws Exception;
}
