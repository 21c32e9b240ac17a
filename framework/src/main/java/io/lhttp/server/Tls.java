package io.lhttp.server;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import javax.net.ssl.SSLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * TLS from a certificate chain and a key in PEM files. New connections get what the files say after
 * a change; a pair that can't be read leaves the one before in place and is logged.
 */
final class Tls {
  private static final Logger log = LoggerFactory.getLogger(Tls.class);

  private final Path certificate;
  private final Path key;
  private volatile SslContext context;

  /** Guarded by this. */
  private List<FileTime> changed;

  /**
   * @throws IOException where the files can't be read or are no such pair
   */
  Tls(Path certificate, Path key) throws IOException {
    this.certificate = certificate;
    this.key = key;
    this.changed = changed();
    this.context = read();
  }

  ChannelHandler handler(Channel channel) {
    return context.newHandler(channel.alloc());
  }

  /** Looks at the files again; blocks. */
  synchronized void refresh() {
    try {
      var now = changed();
      if (!now.equals(changed)) {
        changed = now;
        context = read();
        log.info("certificate picked up file={}", certificate);
      }
    } catch (IOException e) {
      log.error("certificate not picked up, the one before stays file={}", certificate, e);
    }
  }

  private List<FileTime> changed() throws IOException {
    return List.of(Files.getLastModifiedTime(certificate), Files.getLastModifiedTime(key));
  }

  private SslContext read() throws IOException {
    try {
      return SslContextBuilder.forServer(certificate.toFile(), key.toFile())
          .protocols("TLSv1.3", "TLSv1.2")
          .build();
    } catch (SSLException | IllegalArgumentException e) {
      throw new IOException(
          "no TLS from certificate %s and key %s: %s".formatted(certificate, key, e.getMessage()),
          e);
    }
  }
}
