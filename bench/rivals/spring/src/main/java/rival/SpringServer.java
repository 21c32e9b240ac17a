package rival;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.web.socket.CloseStatus;
import org.springframework.web.socket.TextMessage;
import org.springframework.web.socket.WebSocketSession;
import org.springframework.web.socket.config.annotation.EnableWebSocket;
import org.springframework.web.socket.config.annotation.WebSocketConfigurer;
import org.springframework.web.socket.config.annotation.WebSocketHandlerRegistry;
import org.springframework.web.socket.handler.ConcurrentWebSocketSessionDecorator;
import org.springframework.web.socket.handler.TextWebSocketHandler;

/**
 * An echo and channels on Spring's WebSocket sessions. The letter that tells a message's kind is
 * the first of its first header's name; the header's value names the channels.
 */
@EnableWebSocket
@SpringBootApplication
public class SpringServer implements WebSocketConfigurer {
  private static final int KIND_AT = 16;
  private static final int SUBSCRIBE_TO = KIND_AT + "subscribe:".length();
  private static final int PUBLISH_TO = KIND_AT + "publish:".length();
  private static final int NAME = 5;
  private static final int SEND_MILLIS = 10_000;
  private static final int BUFFER_BYTES = 16 * 1024 * 1024;

  public static void main(String[] line) {
    SpringApplication.run(SpringServer.class, line);
  }

  @Override
  public void registerWebSocketHandlers(WebSocketHandlerRegistry registry) {
    registry.addHandler(new Channels(), "/");
  }

  /** A connection, and the channels that it has subscribed to. */
  private record Member(WebSocketSession session, List<Set<Member>> channels) {
    @Override
    public boolean equals(Object other) {
      return this == other;
    }

    @Override
    public int hashCode() {
      return session.getId().hashCode();
    }
  }

  private static final class Channels extends TextWebSocketHandler {
    private final Map<String, Member> members = new ConcurrentHashMap<>();
    private final Map<String, Set<Member>> channels = new ConcurrentHashMap<>();

    /** The decorator lets several threads send to one session, as Spring's manual prescribes. */
    @Override
    public void afterConnectionEstablished(WebSocketSession session) {
      var shared = new ConcurrentWebSocketSessionDecorator(session, SEND_MILLIS, BUFFER_BYTES);
      members.put(session.getId(), new Member(shared, new ArrayList<>()));
    }

    @Override
    protected void handleTextMessage(WebSocketSession session, TextMessage message)
        throws IOException {
      var text = message.getPayload();
      var kind = text.charAt(KIND_AT);
      if (kind == 'p') {
        publish(text.substring(PUBLISH_TO, PUBLISH_TO + NAME), message);
        return;
      }
      var sender = members.get(session.getId());
      if (kind == 's') {
        var names = text.substring(SUBSCRIBE_TO, text.indexOf('\r', SUBSCRIBE_TO));
        for (var name : names.split(" ", -1)) {
          var channel = channels.computeIfAbsent(name, n -> ConcurrentHashMap.newKeySet());
          channel.add(sender);
          sender.channels.add(channel);
        }
      }
      sender.session.sendMessage(message);
    }

    private void publish(String channel, TextMessage message) {
      for (var member : channels.getOrDefault(channel, Set.of())) {
        try {
          member.session.sendMessage(message);
        } catch (IOException | IllegalStateException e) {
          // the session is closing; afterConnectionClosed removes it
        }
      }
    }

    @Override
    public void afterConnectionClosed(WebSocketSession session, CloseStatus status) {
      var left = members.remove(session.getId());
      if (left != null) {
        left.channels.forEach(channel -> channel.remove(left));
      }
    }
  }
}
