package io.lhttp.client.internal.transport;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.net.http.HttpClient;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Calls methods that exist since JDK 21 and not in JDK 17: virtual threads, and closing HTTP
 * clients. Safe for all threads.
 */
public final class NewerJdk {
  /** Whether the JDK can close an HTTP client. Otherwise a client ends once it is garbage. */
  public static final boolean ENDS_HTTP_CLIENTS = Runtime.version().feature() >= 21;

  /** Runs each task on a virtual thread, or on a platform thread if the JDK has no virtual ones. */
  public static final Executor THREADS = threads(ENDS_HTTP_CLIENTS);

  private static final String THREAD = "lhttp-client";
  private static final MethodType NO_ARGUMENTS = MethodType.methodType(void.class);

  private NewerJdk() {}

  public static Executor threads(boolean virtual) {
    if (!virtual) {
      return Executors.newCachedThreadPool(task -> daemon(THREAD, task));
    }
    try {
      var factory =
          MethodHandles.publicLookup()
              .findStatic(
                  Executors.class,
                  "newVirtualThreadPerTaskExecutor",
                  MethodType.methodType(ExecutorService.class));
      var threads = (ExecutorService) factory.invoke();
      return task ->
          threads.execute(() -> {
            Thread.currentThread().setName(THREAD);
            task.run();
          });
    } catch (Throwable e) {
      throw new IllegalStateException("no virtual threads", e);
    }
  }

  public static Thread daemon(String name, Runnable task) {
    var thread = new Thread(task, name);
    thread.setDaemon(true);
    return thread;
  }

  /** Lets the HTTP client end after its last response. */
  public static void shutdown(HttpClient client) {
    call("shutdown", client);
  }

  /** Ends the HTTP client and its connections at once. */
  public static void shutdownNow(HttpClient client) {
    call("shutdownNow", client);
  }

  private static void call(String method, HttpClient client) {
    if (!ENDS_HTTP_CLIENTS) {
      return;
    }
    try {
      MethodHandle handle =
          MethodHandles.publicLookup().findVirtual(HttpClient.class, method, NO_ARGUMENTS);
      handle.invoke(client);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("no " + method, e);
    }
  }
}
