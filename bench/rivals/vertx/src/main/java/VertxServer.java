import io.vertx.core.AbstractVerticle;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.ServerWebSocket;
import java.util.ArrayList;

/**
 * An echo and channels on the event bus, an event loop per CPU. The letter that tells a message's
 * kind is the first of its first header's name; the header's value names the channels.
 */
public final class VertxServer extends AbstractVerticle {
  private static final int KIND_AT = 16;
  private static final int SUBSCRIBE_TO = KIND_AT + "subscribe:".length();
  private static final int PUBLISH_TO = KIND_AT + "publish:".length();
  private static final int NAME = 5;

  public static void main(String[] line) {
    var options = new VertxOptions().setPreferNativeTransport(true);
    var vertx = Vertx.vertx(options);
    var instances = Runtime.getRuntime().availableProcessors();
    var port = Integer.parseInt(line[0]);
    vertx
        .deployVerticle(
            () -> new VertxServer(port), new DeploymentOptions().setInstances(instances))
        .onFailure(e -> {
          System.err.println(e);
          System.exit(1);
        });
  }

  private final int port;

  private VertxServer(int port) {
    this.port = port;
  }

  @Override
  public void start(Promise<Void> started) {
    vertx
        .createHttpServer(new HttpServerOptions().setAcceptBacklog(4096))
        .webSocketHandler(socket -> serve(socket, vertx.eventBus()))
        .listen(port, "127.0.0.1")
        .<Void>mapEmpty()
        .onComplete(started);
  }

  private static void serve(ServerWebSocket socket, EventBus bus) {
    var mine = new ArrayList<MessageConsumer<String>>();
    socket.closeHandler(closed -> mine.forEach(MessageConsumer::unregister));
    socket.textMessageHandler(message -> {
      var kind = message.charAt(KIND_AT);
      if (kind == 'p') {
        bus.publish(message.substring(PUBLISH_TO, PUBLISH_TO + NAME), message);
        return;
      }
      if (kind == 's') {
        var names = message.substring(SUBSCRIBE_TO, message.indexOf('\r', SUBSCRIBE_TO));
        for (var name : names.split(" ", -1)) {
          mine.add(bus.consumer(name, sent -> socket.writeTextMessage(sent.body())));
        }
      }
      socket.writeTextMessage(message);
    });
  }
}
