package io.lhttp.scripts.context;

import io.lhttp.message.Headers;
import io.lhttp.message.Part;
import java.nio.ByteBuffer;
import org.graalvm.polyglot.HostAccess;

/** One part of a multipart body, as scripts see it. */
public final class PartView extends HeadersView {
  private final Part part;

  PartView(Part part) {
    this.part = part;
  }

  @HostAccess.Export
  public String body() {
    return part.body();
  }

  @HostAccess.Export
  public ByteBuffer bytes() {
    return part.bodyBuffer();
  }

  @Override
  Headers headers() {
    return part.headers();
  }
}
