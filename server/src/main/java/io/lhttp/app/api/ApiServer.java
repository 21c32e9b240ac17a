package io.lhttp.app.api;

import io.lhttp.app.http.HttpAnswer;
import io.lhttp.app.http.HttpHandler;
import io.lhttp.app.http.HttpListener;
import io.lhttp.app.http.HttpNames;
import io.lhttp.app.http.HttpRequest;
import io.lhttp.internal.log.ErrorLog;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The server API on a listener of its own, which shares no thread and no port with clients. {@code
 * ServerRun} owns it.
 */
public final class ApiServer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ApiServer.class);
  private static final ErrorLog errors = new ErrorLog(log, "the timer of the API's listener");

  private final HttpListener listener;
  private final ScheduledExecutorService clock;

  /**
   * Starts the listener.
   *
   * @param host a name or a literal address
   * @throws java.net.BindException if the port is in use
   */
  public ApiServer(String host, int port, ApiHandler api) throws IOException {
    var factory = Thread.ofPlatform().daemon().name("lhttp-api-", 0).factory();
    this.listener =
        new HttpListener(
            "the API's listener",
            new InetSocketAddress(host, port),
            factory,
            new Guarded(host, api),
            System::nanoTime);
    this.clock = Executors.newSingleThreadScheduledExecutor(factory);
    clock.scheduleAtFixedRate(errors.guard(listener::closeOverdue), 1, 1, TimeUnit.SECONDS);
    listener.start();
  }

  /**
   * Refuses requests for other hosts than this machine, if only this machine can reach the
   * listener. A page of an attacker could otherwise reach it by a domain that resolves to this
   * machine.
   */
  private record Guarded(String host, ApiHandler api) implements HttpHandler {
    @Override
    public Reply begin(HttpRequest request) {
      var name = request.header("host").map(HttpNames::withoutPort).orElse("");
      var own = HttpNames.loopback(name) || name.equalsIgnoreCase(host);
      return !HttpNames.loopback(host) || own
          ? api.begin(request)
          : new Answered(malformed(421, "this listener has no such name"));
    }

    @Override
    public HttpAnswer malformed(int status, String reason) {
      return api.malformed(status, reason);
    }
  }

  public URI uri() {
    return listener.uri();
  }

  @Override
  public void close() {
    listener.close();
    clock.shutdownNow();
  }
}
