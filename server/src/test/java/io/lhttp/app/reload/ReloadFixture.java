package io.lhttp.app.reload;

import io.lhttp.app.FolderFixture;
import io.lhttp.app.assembly.Application;
import io.lhttp.app.assembly.ApplicationLoader;
import io.lhttp.app.settings.Mode;
import io.lhttp.message.Message;
import io.lhttp.server.LhttpServer;
import io.lhttp.server.internal.lifecycle.ChainControl;
import io.lhttp.server.internal.lifecycle.ServerInternals;
import io.lhttp.testing.ManualClock;
import io.lhttp.testing.TestClient;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;

/** A server of an application's folder that a test changes and reloads, and a client. */
abstract class ReloadFixture extends FolderFixture {
  final ManualClock clock = new ManualClock();

  @SuppressWarnings("NullAway.Init") // start sets this field
  LhttpServer server;

  @SuppressWarnings("NullAway.Init") // start sets this field
  Reloader reloader;

  @SuppressWarnings("NullAway.Init") // start sets this field
  TestClient client;

  /** Starts the server of the folder, whose reloads have the deadline of its settings. */
  void start() throws Exception {
    var application = loader().load();
    start(application, CallerWait.of(application.settings().reload().deadline()));
  }

  /**
   * @param wait decides how long callers of a reload wait
   */
  void start(CallerWait wait) throws Exception {
    start(loader().load(), wait);
  }

  private void start(Application application, CallerWait wait) throws Exception {
    server = configured(application.server(Mode.DEV).port(0)).start();
    reloader = new Reloader(Mode.DEV, application, server, loader()::load, clock::nanoTime, wait);
    client = TestClient.connect(server.uri());
  }

  /** Adds settings that a test needs to those of the folder. */
  LhttpServer.Builder configured(LhttpServer.Builder builder) {
    return builder;
  }

  @AfterEach
  void end() throws Exception {
    client.close();
    server.close();
    reloader.running().scripts().close();
  }

  ApplicationLoader loader() {
    return new ApplicationLoader(folder).environment(_ -> null);
  }

  /** Sends a message. Returns the body of the answer. */
  String ask(String command, String body) {
    return client.request(Message.of(command, body)).body();
  }

  /** Sends a message as each of this many clients. Returns the answers. */
  List<Message> askAs(int clients, String command) {
    var answers = new ArrayList<Message>();
    for (var i = 0; i < clients; i++) {
      try (var other = TestClient.connect(server.uri())) {
        answers.add(other.request(Message.of(command, "hi")));
      }
    }
    return answers;
  }

  /** Reloads. Returns the changes that a new generation has. */
  List<String> changes() {
    return ((ReloadResult.Swapped) reloader.reload()).changes();
  }

  /** The chain of the running server. */
  ChainControl control() {
    return ServerInternals.of(server).chain();
  }

  /** The class loader of the first filter's class. */
  WeakReference<ClassLoader> loaderOfFirst() throws Exception {
    return loader(reloader.running().chain().filters().getFirst().make());
  }

  /**
   * The class loader of an instance's class.
   *
   * @param make creates an instance
   */
  static WeakReference<ClassLoader> loader(Callable<?> make) throws Exception {
    return new WeakReference<>(make.call().getClass().getClassLoader());
  }
}
