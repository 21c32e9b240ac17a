package io.lhttp.scripts;

import io.lhttp.message.Headers;
import io.lhttp.message.Part;
import java.nio.ByteBuffer;
import org.graalvm.polyglot.HostAccess;
import org.jspecify.annotations.Nullable;

/** One part of a multipart body, as a script sees it. */
public final class PartView {
  private final Part part;

  PartView(Part part) {
    this.part = part;
  }

  @HostAccess.Export
  public @Nullable String header(String name) {
    return part.header(name).orElse(null);
  }

  @HostAccess.Export
  public int headerCount() {
    return headers().size();
  }

  @HostAccess.Export
  public String headerName(int i) {
    return headers().get(i).name();
  }

  @HostAccess.Export
  public String headerValue(int i) {
    return headers().get(i).value();
  }

  @HostAccess.Export
  public String body() {
    return part.body();
  }

  @HostAccess.Export
  public ByteBuffer bytes() {
    return part.bodyBuffer();
  }

  private Headers headers() {
    return part.headers();
  }
}
