package io.lhttp.scripts.testing;

import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;

/** Answers the requests of scripts instead of the network, in tests. Any thread may call it. */
@FunctionalInterface
public interface TestHttp {
  /** A script's request. */
  record Request(String method, URI uri, Map<String, List<String>> headers, ByteBuffer body) {}

  /** The response to a request. */
  record Answer(int status, Map<String, List<String>> headers, ByteBuffer body) {}

  /**
   * Answers a request.
   *
   * @throws IOException to let the request fail; the script gets the exception's text
   */
  Answer answer(Request asked) throws IOException;
}
