import io.vertx.core.AbstractVerticle;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;

/** An HTTP server with some handlers that each read a header and set one. */
public final class VertxLinks extends AbstractVerticle {
  private final int port;
  private final int links;

  private VertxLinks(int port, int links) {
    this.port = port;
    this.links = links;
  }

  public static void main(String[] line) {
    var vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true));
    var instances = Runtime.getRuntime().availableProcessors();
    var port = Integer.parseInt(line[0]);
    var links = Integer.parseInt(line[1]);
    vertx
        .deployVerticle(
            () -> new VertxLinks(port, links), new DeploymentOptions().setInstances(instances))
        .onFailure(e -> {
          System.err.println(e);
          System.exit(1);
        });
  }

  @Override
  public void start(Promise<Void> started) {
    var router = Router.router(vertx);
    for (var i = 0; i < links; i++) {
      router.route().handler(VertxLinks::link);
    }
    router.route().handler(VertxLinks::answer);
    vertx
        .createHttpServer(new HttpServerOptions().setAcceptBacklog(4096))
        .requestHandler(router)
        .listen(port, "127.0.0.1")
        .<Void>mapEmpty()
        .onComplete(started);
  }

  private static void link(RoutingContext context) {
    var headers = context.request().headers();
    headers.set("link", headers.get("content-type"));
    context.next();
  }

  private static void answer(RoutingContext context) {
    context.request().bodyHandler(context.response()::end);
  }
}
