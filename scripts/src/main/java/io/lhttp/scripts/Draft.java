package io.lhttp.scripts;

import io.lhttp.message.Message;
import java.util.function.Consumer;
import org.graalvm.polyglot.HostAccess;
import org.graalvm.polyglot.Value;

/** A message that a script makes. Confined to its call's thread. */
public final class Draft {
  /** What a draft sets; a reply and a message are built by different builders. */
  interface Target {
    void command(String command);

    void header(String name, String value);

    void text(String body);

    void bytes(byte[] body);

    void done();
  }

  private final Target target;
  private final int maxBytes;

  Draft(Target target, int maxBytes) {
    this.target = target;
    this.maxBytes = maxBytes;
  }

  /** A draft of a message for somebody who takes it when it is done. */
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
    target.text(limited(body, maxBytes));
  }

  @HostAccess.Export
  public void bytes(Value buffer) {
    target.bytes(bytes(buffer, maxBytes));
  }

  @HostAccess.Export
  public void done() {
    target.done();
  }

  static String limited(String body, int maxBytes) {
    // No character takes more than three bytes: most bodies are not counted.
    if (body.length() > maxBytes / 3 && Sizes.utf8(body) > maxBytes) {
      throw new IllegalArgumentException(
          "a body of " + Sizes.utf8(body) + " bytes: the limit is " + maxBytes);
    }
    return body;
  }

  static byte[] bytes(Value buffer, int maxBytes) {
    var size = buffer.getBufferSize();
    if (size > maxBytes) {
      throw new IllegalArgumentException("a body of " + size + " bytes: the limit is " + maxBytes);
    }
    var bytes = new byte[(int) size];
    buffer.readBuffer(0, bytes, 0, bytes.length);
    return bytes;
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
}
