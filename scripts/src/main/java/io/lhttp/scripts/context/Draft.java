package io.lhttp.scripts.context;

import io.lhttp.Reply;
import io.lhttp.message.Message;
import io.lhttp.scripts.text.Bodies;
import java.util.function.Consumer;
import org.graalvm.polyglot.HostAccess;
import org.graalvm.polyglot.Value;

/** A message or reply that a script builds. Confined to the thread of its call. */
public final class Draft {
  /** The setters that a draft needs, because a reply and a message have different builders. */
  private interface Target {
    void command(String command);

    void header(String name, String value);

    void text(String body);

    void bytes(byte[] body);

    void done();
  }

  private final Target target;
  private final int maxBytes;

  private Draft(Target target, int maxBytes) {
    this.target = target;
    this.maxBytes = maxBytes;
  }

  /** Creates a draft of a reply. The reply is sent when the script has completed it. */
  static Draft of(Reply reply, int maxBytes) {
    return new Draft(new OfReply(reply), maxBytes);
  }

  /**
   * Creates a draft of a message. {@code taker} gets the message when the script has completed it.
   */
  static Draft of(Message.Builder builder, int maxBytes, Consumer<Message> taker) {
    return new Draft(new OfBuilder(builder, taker), maxBytes);
  }

  @HostAccess.Export
  public void command(String command) {
    target.command(command);
  }

  @HostAccess.Export
  public void header(String name, String value) {
    target.header(name, value);
  }

  @HostAccess.Export
  public void text(String body) {
    target.text(Bodies.limited(body, maxBytes));
  }

  @HostAccess.Export
  public void bytes(Value buffer) {
    target.bytes(Bodies.bytes(buffer, maxBytes));
  }

  @HostAccess.Export
  public void done() {
    target.done();
  }

  private record OfBuilder(Message.Builder builder, Consumer<Message> taker) implements Target {
    @Override
    public void command(String command) {
      builder.command(command);
    }

    @Override
    public void header(String name, String value) {
      builder.header(name, value);
    }

    @Override
    public void text(String body) {
      builder.body(body);
    }

    @Override
    public void bytes(byte[] body) {
      builder.body(body);
    }

    @Override
    public void done() {
      taker.accept(builder.build());
    }
  }

  private record OfReply(Reply reply) implements Target {
    @Override
    public void command(String command) {
      reply.command(command);
    }

    @Override
    public void header(String name, String value) {
      reply.header(name, value);
    }

    @Override
    public void text(String body) {
      reply.body(body);
    }

    @Override
    public void bytes(byte[] body) {
      reply.body(body);
    }

    @Override
    public void done() {
      reply.send();
    }
  }
}
