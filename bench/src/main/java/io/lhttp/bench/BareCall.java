package io.lhttp.bench;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import okhttp3.ConnectionPool;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;

/**
 * Sends with plain OkHttp the request that our server sends for a forwarded message. All threads
 * may use it.
 */
final class BareCall {
  private final OkHttpClient client;
  private final Request request;

  /**
   * @param backend an HTTP server's address and port
   * @param flights the number of connections to the backend
   */
  BareCall(String backend, int flights) {
    client =
        new OkHttpClient.Builder()
            .connectionPool(new ConnectionPool(flights, 1, TimeUnit.MINUTES))
            .build();
    request =
        new Request.Builder()
            .url("http://" + backend + "/record")
            .post(RequestBody.create(LoadBytes.body()))
            .build();
  }

  /** Sends a request and waits for its answer. Returns whether it succeeded. */
  boolean send() throws IOException {
    try (var response = client.newCall(request).execute()) {
      return response.isSuccessful();
    }
  }
}
