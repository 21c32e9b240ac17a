package io.lhttp.server.internal.http;

import io.lhttp.server.internal.websocket.LingeringClose;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;

/**
 * Serves the files of one folder, and a few resources from memory. The file system is read on
 * virtual threads.
 *
 * <p>No request reaches a hidden file or one outside the folder: not by {@code ..}, by links or by
 * encoded separators.
 */
public final class StaticFiles {
  private final Optional<Path> folder;
  private final Map<String, byte[]> resources;
  private final Executor threads;

  /**
   * @param folder the served folder; empty for none
   * @param resources by path, such as {@code /lhttp.js}; a file of that name in the folder wins
   */
  public StaticFiles(Optional<Path> folder, Map<String, byte[]> resources, Executor threads) {
    this.folder = folder;
    this.resources = Map.copyOf(resources);
    this.threads = threads;
  }

  void handle(ChannelHandlerContext context, FullHttpRequest request, HttpAnswer answer) {
    var decoded = decode(request.uri());
    if (decoded.isEmpty()) {
      answer.refuse(400, "malformed path");
      return;
    }
    var wanted = Wanted.of(request.headers(), answer.head());
    var uri = request.uri();
    var path = HttpHandler.path(uri);
    var folder = path + "/" + uri.substring(path.length()); // with the query
    answer.runOnVirtualThread(
        threads,
        () -> {
          var found = find(decoded.get(), wanted);
          return () -> send(context, answer, found, folder);
        });
  }

  private static void send(
      ChannelHandlerContext context, HttpAnswer answer, Found found, String folder) {
    switch (found) {
      case Found.File file -> sendFile(context, answer, file);
      case Found.Known(var type, var etag) -> {
        var response =
            new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1, HttpResponseStatus.NOT_MODIFIED, Unpooled.EMPTY_BUFFER);
        describe(response, type, etag);
        answer.send(response);
      }
      case Found.Resource(var type, var etag, var content, var range) -> {
        var from = (int) range.from();
        var wanted = Arrays.copyOfRange(content, from, from + (int) range.length());
        var response = HttpReplies.full(range.status(), type, wanted);
        describe(response, type, etag);
        range.describe(response.headers(), content.length);
        answer.send(response);
      }
      case Found.Beyond(var range, var etag, var size) -> {
        var response = HttpReplies.text(range.status(), "there is nothing at this range");
        response.headers().set(HttpHeaderNames.ETAG, etag);
        range.describe(response.headers(), size);
        answer.send(response);
      }
      case Found.Folder moved -> {
        var response = HttpReplies.text(HttpResponseStatus.MOVED_PERMANENTLY, "moved");
        response.headers().set(HttpHeaderNames.LOCATION, folder);
        answer.send(response);
      }
      case Found.Nothing nothing -> answer.text(HttpResponseStatus.NOT_FOUND, "not found");
    }
  }

  private static void sendFile(ChannelHandlerContext context, HttpAnswer answer, Found.File file) {
    answer.begin();
    var range = file.range();
    var response = new DefaultHttpResponse(HttpVersion.HTTP_1_1, range.status());
    describe(response, file.type(), file.etag());
    range.describe(response.headers(), file.size());
    response.headers().set(HttpHeaderNames.CONTENT_LENGTH, range.length());
    HttpUtil.setKeepAlive(response, answer.keepAlive());
    context.write(response);
    file.content()
        .ifPresent(content ->
            context
                .write(new FileBody(content, range.from(), range.length()))
                .addListener(ChannelFutureListener.CLOSE_ON_FAILURE));
    context
        .writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT)
        .addListener(
            (ChannelFutureListener)
                written -> {
                  if (!written.isSuccess()) {
                    context.close();
                  } else if (answer.keepAlive()) {
                    answer.done();
                  } else {
                    LingeringClose.AFTERWARDS.operationComplete(written);
                  }
                });
  }

  private static void describe(HttpResponse response, String type, String etag) {
    response
        .headers()
        .set(HttpHeaderNames.CONTENT_TYPE, type)
        .set(HttpHeaderNames.ETAG, etag)
        .set(HttpHeaderNames.CACHE_CONTROL, "no-cache")
        .set("X-Content-Type-Options", "nosniff");
  }

  /** Returns the decoded path; empty if no file can have this path. */
  private static Optional<String> decode(String uri) {
    try {
      var path = new QueryStringDecoder(uri).path();
      return path.startsWith("/") ? Optional.of(path) : Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private Found find(String path, Wanted wanted) {
    var file = folder.isEmpty() || escapes(path) ? Found.NOTHING : findFile(path, wanted);
    var resource = resources.get(path);
    if (!(file instanceof Found.Nothing) || resource == null) {
      return file;
    }
    var type = MediaTypes.of(path);
    var etag = "\"%x-%x\"".formatted(resource.length, Arrays.hashCode(resource));
    if (matches(wanted.known, etag)) {
      return new Found.Known(type, etag);
    }
    var range = wanted.range(etag, resource.length);
    return range.none()
        ? new Found.Beyond(range, etag, resource.length)
        : new Found.Resource(type, etag, resource, range);
  }

  private Found findFile(String path, Wanted wanted) {
    try {
      var root = folder.orElseThrow().toRealPath();
      var file = root.resolve(path.substring(1));
      if (Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
        if (!path.endsWith("/")) {
          return Found.FOLDER;
        }
        file = file.resolve("index.html");
      } else if (path.endsWith("/")) {
        return Found.NOTHING;
      }
      var real = file.toRealPath();
      var attributes =
          Files.readAttributes(real, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      return real.startsWith(root) && attributes.isRegularFile()
          ? open(real, attributes, wanted)
          : Found.NOTHING;
    } catch (IOException | IllegalArgumentException e) {
      return Found.NOTHING;
    }
  }

  private static Found open(Path file, BasicFileAttributes attributes, Wanted wanted)
      throws IOException {
    var type = MediaTypes.of(file.getFileName().toString());
    var etag = etag(attributes);
    if (matches(wanted.known, etag)) {
      return new Found.Known(type, etag);
    }
    if (wanted.head) {
      var size = attributes.size();
      return new Found.File(type, size, etag, ByteRange.whole(size), Optional.empty());
    }
    var content = FileChannel.open(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
    var range = wanted.range(etag, content.size());
    if (range.none()) {
      content.close();
      return new Found.Beyond(range, etag, attributes.size());
    }
    return new Found.File(type, content.size(), etag, range, Optional.of(content));
  }

  /** Whether an {@code If-None-Match} header names this version (RFC 9110, section 13.1.2). */
  private static boolean matches(String known, String etag) {
    for (var one : known.split(",", -1)) {
      var candidate = one.strip();
      var strong = candidate.startsWith("W/") ? candidate.substring(2) : candidate;
      if (strong.equals("*") || strong.equals(etag)) {
        return true;
      }
    }
    return false;
  }

  /** Whether the path could lead out of the folder, or names a hidden file. */
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

  /**
   * The headers of a request that say which part of a file the client needs.
   *
   * @param known the versions that the client has, from {@code If-None-Match}
   * @param head whether the request is {@code HEAD}
   */
  private record Wanted(String known, List<String> ranges, List<String> conditions, boolean head) {
    static Wanted of(HttpHeaders headers, boolean head) {
      return new Wanted(
          String.join(",", headers.getAll(HttpHeaderNames.IF_NONE_MATCH)),
          headers.getAll(HttpHeaderNames.RANGE),
          headers.getAll(HttpHeaderNames.IF_RANGE),
          head);
    }

    /** Returns the requested part. Ranges do not apply to {@code HEAD} (RFC 9110, section 14.2). */
    ByteRange range(String etag, long size) {
      return head ? ByteRange.whole(size) : ByteRange.of(ranges, conditions, etag, size);
    }
  }

  /** The result of the search for a file. */
  private sealed interface Found {
    Found NOTHING = new Nothing();
    Found FOLDER = new Folder();

    /** A file; {@code content} is empty for a {@code HEAD} request. */
    record File(String type, long size, String etag, ByteRange range, Optional<FileChannel> content)
        implements Found {}

    /** A file that ends before the requested range begins. */
    record Beyond(ByteRange range, String etag, long size) implements Found {}

    /** A file that has not changed since the version that the client has. */
    record Known(String type, String etag) implements Found {}

    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Resource(String type, String etag, byte[] content, ByteRange range) implements Found {}

    /**
     * A folder whose path lacks the final slash, so that the client is redirected: relative links
     * need the slash.
     */
    record Folder() implements Found {}

    record Nothing() implements Found {}
  }
}
