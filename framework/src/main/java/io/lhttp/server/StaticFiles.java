package io.lhttp.server;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpChunkedInput;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.handler.stream.ChunkedNioFile;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;

/**
 * Serves the files of one folder, and a few resources from memory. Nothing outside the folder is
 * reachable: not by {@code ..}, not by links, not by encoded separators; neither are hidden files.
 * Files are looked up on virtual threads.
 */
final class StaticFiles {
  private static final Map<String, String> TYPES =
      Map.ofEntries(
          Map.entry("html", "text/html; charset=utf-8"),
          Map.entry("css", "text/css; charset=utf-8"),
          Map.entry("js", "text/javascript; charset=utf-8"),
          Map.entry("mjs", "text/javascript; charset=utf-8"),
          Map.entry("json", "application/json"),
          Map.entry("map", "application/json"),
          Map.entry("webmanifest", "application/manifest+json"),
          Map.entry("txt", "text/plain; charset=utf-8"),
          Map.entry("md", "text/markdown; charset=utf-8"),
          Map.entry("xml", "application/xml"),
          Map.entry("svg", "image/svg+xml"),
          Map.entry("png", "image/png"),
          Map.entry("jpg", "image/jpeg"),
          Map.entry("jpeg", "image/jpeg"),
          Map.entry("gif", "image/gif"),
          Map.entry("webp", "image/webp"),
          Map.entry("avif", "image/avif"),
          Map.entry("ico", "image/x-icon"),
          Map.entry("woff2", "font/woff2"),
          Map.entry("wasm", "application/wasm"),
          Map.entry("mp3", "audio/mpeg"),
          Map.entry("mp4", "video/mp4"),
          Map.entry("webm", "video/webm"),
          Map.entry("pdf", "application/pdf"));

  private final Optional<Path> folder;
  private final Map<String, byte[]> resources;
  private final Executor threads;

  /**
   * @param folder what is served; empty for nothing
   * @param resources by path, as {@code /lhttp.js}; a file of that name in the folder wins
   */
  StaticFiles(Optional<Path> folder, Map<String, byte[]> resources, Executor threads) {
    this.folder = folder;
    this.resources = Map.copyOf(resources);
    this.threads = threads;
  }

  void handle(ChannelHandlerContext context, FullHttpRequest request, HttpHandler.Answer answer) {
    var path = decode(request.uri());
    if (path.isEmpty()) {
      answer.refuse(400, "malformed path");
      return;
    }
    var head = request.method().equals(HttpMethod.HEAD);
    var known = request.headers().get(HttpHeaderNames.IF_NONE_MATCH, "");
    threads.execute(() -> {
      var found = find(path.get());
      context.executor().execute(() -> answer(context, answer, path.get(), found, head, known));
    });
  }

  private void answer(
      ChannelHandlerContext context,
      HttpHandler.Answer answer,
      String path,
      Optional<Found> file,
      boolean head,
      String known) {
    if (file.isPresent()) {
      sendFile(context, answer, file.get(), head, known);
    } else if (resources.containsKey(path)) {
      var response =
          HttpReplies.full(
              HttpResponseStatus.OK, type(path), head ? new byte[0] : resources.get(path));
      response.headers().set(HttpHeaderNames.CACHE_CONTROL, "no-cache");
      answer.send(response);
    } else {
      answer.text(HttpResponseStatus.NOT_FOUND, "not found");
    }
  }

  private void sendFile(
      ChannelHandlerContext context,
      HttpHandler.Answer answer,
      Found file,
      boolean head,
      String known) {
    if (known.equals(file.etag())) {
      var response =
          new DefaultFullHttpResponse(
              HttpVersion.HTTP_1_1, HttpResponseStatus.NOT_MODIFIED, Unpooled.EMPTY_BUFFER);
      describe(response.headers(), file);
      response.headers().remove(HttpHeaderNames.CONTENT_LENGTH);
      answer.send(response);
      return;
    }
    var response = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
    describe(response.headers(), file);
    HttpUtil.setKeepAlive(response, answer.keepAlive());
    try {
      context.write(response);
      var body =
          head
              ? io.netty.handler.codec.http.LastHttpContent.EMPTY_LAST_CONTENT
              : new HttpChunkedInput(new ChunkedNioFile(FileChannel.open(file.path())));
      var written = context.writeAndFlush(body);
      written.addListener(done -> {
        if (!done.isSuccess() || !answer.keepAlive()) {
          context.close();
        } else {
          answer.done();
        }
      });
    } catch (IOException e) {
      context.close(); // it was there a moment ago; the head is out already
    }
  }

  private static void describe(HttpHeaders headers, Found file) {
    headers
        .set(HttpHeaderNames.CONTENT_TYPE, type(file.path().getFileName().toString()))
        .set(HttpHeaderNames.CONTENT_LENGTH, file.size())
        .set(HttpHeaderNames.ETAG, file.etag())
        .set(HttpHeaderNames.CACHE_CONTROL, "no-cache")
        .set("X-Content-Type-Options", "nosniff");
  }

  private static String type(String name) {
    var extension = name.substring(name.lastIndexOf('.') + 1).toLowerCase(java.util.Locale.ROOT);
    return TYPES.getOrDefault(extension, "application/octet-stream");
  }

  /** The decoded path, where it can name a file at all. */
  private static Optional<String> decode(String uri) {
    try {
      var path = new QueryStringDecoder(uri).path();
      return path.startsWith("/") ? Optional.of(path) : Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private Optional<Found> find(String path) {
    if (folder.isEmpty() || escapes(path)) {
      return Optional.empty();
    }
    try {
      var root = folder.get().toRealPath();
      var wanted = root.resolve(path.substring(1));
      if (Files.isDirectory(wanted, LinkOption.NOFOLLOW_LINKS)) {
        wanted = wanted.resolve("index.html");
      }
      var real = wanted.toRealPath();
      var attributes =
          Files.readAttributes(real, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      return real.startsWith(root) && attributes.isRegularFile()
          ? Optional.of(new Found(real, attributes.size(), etag(attributes)))
          : Optional.empty();
    } catch (IOException | IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** Anything that could leave the folder, and hidden files. */
  private static boolean escapes(String path) {
    if (path.indexOf('\\') >= 0 || path.indexOf('\0') >= 0) {
      return true;
    }
    for (var segment : path.substring(1).split("/", -1)) {
      if (segment.startsWith(".")) {
        return true;
      }
    }
    return path.startsWith("//");
  }

  private static String etag(BasicFileAttributes attributes) {
    return "\"%x-%x\"".formatted(attributes.size(), attributes.lastModifiedTime().toMillis());
  }

  private record Found(Path path, long size, String etag) {}
}
