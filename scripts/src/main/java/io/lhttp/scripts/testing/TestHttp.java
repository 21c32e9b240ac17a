package io.lhttp.scripts.testing;

import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;

/** Answers the requests of scripts in place of the network, in tests. Any thread calls it. */
@FunctionalInterface
public interface TestHttp {
  /** A script's request. */
  record Request(String method, URI uri, Map<String, List<String>> headers, ByteBuffer body) {}

  /** The response. */
  record Answer(int status, Map<String, List<String>> headers, ByteBuffer body) {}

  /**
   * @throws IOException to fail the request; the script gets the message
   */
  Answer answer(Request asked) throws IOException;
}
