package io.lhttp.scripts.fetch;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lhttp.scripts.testing.TestHttp;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.util.Map;
import org.graalvm.polyglot.HostAccess;
import org.jspecify.annotations.Nullable;

/** The result of a {@code fetch}: the response, or the reason why there is none. Immutable. */
public final class FetchResult {
  private final int id;
  private final URI uri;
  private final int status;
  private final HttpHeaders headers;
  private final byte[] body;
  private final @Nullable String error;

  private FetchResult(
      int id, URI uri, int status, HttpHeaders headers, byte[] body, @Nullable String error) {
    this.id = id;
    this.uri = uri;
    this.status = status;
    this.headers = headers;
    this.body = body;
    this.error = error;
  }

  static FetchResult of(int id, URI uri, HttpResponse<byte[]> response) {
    return new FetchResult(
        id, uri, response.statusCode(), response.headers(), response.body(), null);
  }

  static FetchResult of(int id, URI uri, TestHttp.Answer answer) {
    var headers = HttpHeaders.of(answer.headers(), (name, value) -> true);
    var body = new byte[answer.body().remaining()];
    answer.body().duplicate().get(body);
    return new FetchResult(id, uri, answer.status(), headers, body, null);
  }

  static FetchResult failed(int id, URI uri, String error) {
    return new FetchResult(
        id, uri, 0, HttpHeaders.of(Map.of(), (name, value) -> true), new byte[0], error);
  }

  @HostAccess.Export
  public int id() {
    return id;
  }

  @HostAccess.Export
  public @Nullable String error() {
    return error;
  }

  @HostAccess.Export
  public String url() {
    return uri.toString();
  }

  @HostAccess.Export
  public int status() {
    return status;
  }

  @HostAccess.Export
  public @Nullable String header(String name) {
    return headers.firstValue(name).orElse(null);
  }

  @HostAccess.Export
  public String text() {
    return new String(body, UTF_8);
  }

  @HostAccess.Export
  public ByteBuffer bytes() {
    return ByteBuffer.wrap(body).asReadOnlyBuffer();
  }
}
