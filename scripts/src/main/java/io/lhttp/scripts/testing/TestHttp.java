package io.lhttp.scripts.testing;

import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;

/** Answers what scripts fetch, in the place of the network: for tests. Called by any thread. */
@FunctionalInterface
public interface TestHttp {
  /** What a script asks for. */
  record Asked(String method, URI uri, Map<String, List<String>> headers, ByteBuffer body) {}

  /** What it is told. */
  record Answer(int status, Map<String, List<String>> headers, ByteBuffer body) {}

  /**
   * @throws IOException where there is to be no answer; the script is told why
   */
  Answer answer(Asked asked) throws IOException;
}
