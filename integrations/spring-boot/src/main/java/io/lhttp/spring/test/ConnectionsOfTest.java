package io.lhttp.spring.test;

import io.lhttp.spring.LhttpServerLifecycle;
import io.lhttp.testing.TestClient;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.springframework.test.context.junit.jupiter.SpringExtension;

/** Connects the parameters of a test to the application's server. Keeps no state itself. */
final class ConnectionsOfTest implements ParameterResolver, AfterEachCallback {
  private static final Namespace NAMESPACE = Namespace.create(ConnectionsOfTest.class);

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == TestClient.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    var server =
        SpringExtension.getApplicationContext(context).getBean(LhttpServerLifecycle.class).server();
    var client = TestClient.connect(server.uri());
    clients(context).add(client);
    return client;
  }

  @Override
  public void afterEach(ExtensionContext context) {
    var clients = clients(context);
    while (!clients.isEmpty()) {
      clients.remove().close();
    }
  }

  private static Clients clients(ExtensionContext context) {
    return context.getStore(NAMESPACE).computeIfAbsent(Clients.class);
  }

  /** The connections that a test has open. */
  static final class Clients extends ConcurrentLinkedQueue<TestClient> {
    private static final long serialVersionUID = 1L;
  }
}
