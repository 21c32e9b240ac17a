package io.lhttp.server.internal.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.fixture.RawClient;
import io.lhttp.server.LhttpServer;
import io.lhttp.server.Limits;
import io.lhttp.server.fixture.EachTransport;
import io.lhttp.server.fixture.Servers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The server serves the files of its public folder and no others. */
@EachTransport
class StaticFilesTest {
  private static final int BIG = 300 << 20;
  private static final String SECRET = "secret";

  @TempDir static Path outside;
  private static Path folder;

  @SuppressWarnings({"NonFinalStaticField", "NullAway.Init"}) // created for each transport
  private static LhttpServer server;

  @BeforeAll
  static void fill() throws IOException {
    folder = Files.createDirectories(outside.resolve("public"));
    Files.writeString(outside.resolve("secret.txt"), SECRET);
    Files.createDirectories(outside.resolve("public-too"));
    Files.writeString(outside.resolve("public-too/secret.txt"), SECRET);
    Files.createDirectories(folder.resolve("sub/.git"));
    Files.writeString(folder.resolve("sub/.git/config"), SECRET);
    Files.writeString(folder.resolve(".env"), SECRET);
    Files.writeString(folder.resolve("index.html"), "<p>root");
    Files.writeString(folder.resolve("sub/index.html"), "<p>sub");
    Files.createDirectories(folder.resolve("empty"));
    for (var name :
        new String[] {
          "a.css", "a.js", "a.MJS", "a.json", "a.svg", "a.png", "a.wasm", "a.xyz", "a", "ü b+c.txt"
        }) {
      Files.writeString(folder.resolve(name), "content of " + name);
    }
    Files.writeString(folder.resolve("digits.bin"), "0123456789");
    Files.createSymbolicLink(folder.resolve("inside.txt"), folder.resolve("a.css"));
    Files.createSymbolicLink(folder.resolve("out.txt"), outside.resolve("secret.txt"));
    Files.createSymbolicLink(folder.resolve("out"), outside);
  }

  @EachTransport.Before
  static void start() throws IOException {
    server =
        Servers.start(builder ->
            builder
                .publicFolder(folder)
                .limits(Limits.builder().writeTime(Duration.ofSeconds(1)).build())
                .resource("/lhttp.js", "export {};".getBytes(UTF_8))
                .resource("/digits-in-memory.bin", "0123456789".getBytes(UTF_8))
                .resource("/a.css", "a file wins".getBytes(UTF_8)));
  }

  @EachTransport.After
  static void stop() {
    server.close();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/ | text/html; charset=utf-8 | <p>root",
        "/?x=/../y | text/html; charset=utf-8 | <p>root",
        "/index.html | text/html; charset=utf-8 | <p>root",
        "/sub/ | text/html; charset=utf-8 | <p>sub",
        "/a.css | text/css; charset=utf-8 | content of a.css",
        "/a.js | text/javascript; charset=utf-8 | content of a.js",
        "/a.MJS | text/javascript; charset=utf-8 | content of a.MJS",
        "/a.json | application/json | content of a.json",
        "/a.svg | image/svg+xml | content of a.svg",
        "/a.png | image/png | content of a.png",
        "/a.wasm | application/wasm | content of a.wasm",
        "/a.xyz | application/octet-stream | content of a.xyz",
        "/a | application/octet-stream | content of a",
        "/%C3%BC%20b+c.txt | text/plain; charset=utf-8 | content of ü b+c.txt",
        "/inside.txt | text/css; charset=utf-8 | content of a.css",
        "/lhttp.js | text/javascript; charset=utf-8 | export {};",
      })
  void file_isServedWithTypeAndEtag(String path, String type, String content) throws IOException {
    try (var client = RawClient.connect(server.port())) {
      var answer = client.send(get(path)).answer();

      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.header("content-type")).isEqualTo(type);
      assertThat(answer.header("x-content-type-options")).isEqualTo("nosniff");
      assertThat(answer.body()).isEqualTo(content);
      var head = client.send(RawClient.request("HEAD " + path, "Host: test")).answerToHead();
      assertThat(head.status()).isEqualTo(200);
      assertThat(head.headers()).isEqualTo(answer.headers());

      for (var known : new String[] {"%s", "*", "\"other\", W/%s", "W/%s"}) {
        var request = "If-None-Match: " + known.formatted(answer.header("etag"));
        var unchanged =
            client.send(RawClient.request("GET " + path, "Host: test", request)).answer();
        assertThat(unchanged.status()).as(request).isEqualTo(304);
        assertThat(unchanged.header("etag")).isEqualTo(answer.header("etag"));
      }
      var other = RawClient.request("GET " + path, "Host: test", "If-None-Match: \"other\"");
      assertThat(client.send(other).answer().status()).isEqualTo(200);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/../secret.txt",
        "/sub/../../secret.txt",
        "/%2e%2e/secret.txt",
        "/%2E%2E%2Fsecret.txt",
        "/..%2fsecret.txt",
        "/sub/..%2f..%2fsecret.txt",
        "/%252e%252e/secret.txt",
        "/..%5csecret.txt",
        "/..\\secret.txt",
        "/..;/secret.txt",
        "/../public-too/secret.txt",
        "/%00",
        "/a.css%00.txt",
        "/out.txt",
        "/out/secret.txt",
        "//etc/passwd",
        "/%2fetc/passwd",
        "///etc/passwd",
        "/.env",
        "/%2eenv",
        "/sub/.git/config",
        "/a.css/",
        "/a.css/x",
        "/sub",
        "/empty/",
        "/nothing",
        "/%",
        "/%zz",
        "/%c0%ae%c0%ae/secret.txt",
        "/file:///etc/passwd",
        "/C:/secret.txt",
        "*",
        "secret.txt",
      })
  void otherPath_isNotServed(String path) throws IOException {
    try (var client = RawClient.connect(server.port())) {
      var answer = client.send(get(path)).answer();

      assertThat(answer.status()).isIn(400, 404, 301);
      assertThat(answer.status() == 301).isEqualTo(path.equals("/sub"));
      assertThat(answer.body()).doesNotContain(SECRET).doesNotContain("root:");
    }
  }

  @Test
  void absolutePath_isNotFollowed() throws IOException {
    try (var client = RawClient.connect(server.port())) {
      var path = outside.resolve("secret.txt").toString();
      assertThat(client.send(get("/" + path)).answer().status()).isEqualTo(404);
      assertThat(client.send(get("/" + path.replace("/", "%2f"))).answer().status()).isEqualTo(404);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "/sub, /sub/",
    "/sub?x=1, /sub/?x=1",
    "/sub?a=b&c=%20?/, /sub/?a=b&c=%20?/",
    "/sub?, /sub/?",
    "/%73ub?x, /%73ub/?x"
  })
  void folderWithoutSlash_isRedirectedWithQuery(String asked, String location) throws IOException {
    try (var client = RawClient.connect(server.port())) {
      assertThat(client.send(get(asked)).answer().header("location")).isEqualTo(location);
    }
  }

  @Test
  void changedFile_hasNewEtag() throws IOException {
    try (var client = RawClient.connect(server.port())) {
      Files.writeString(folder.resolve("changing.txt"), "one");
      var before = client.send(get("/changing.txt")).answer().header("etag");
      Files.writeString(folder.resolve("changing.txt"), "three");
      var answer =
          client
              .send(
                  RawClient.request("GET /changing.txt", "Host: test", "If-None-Match: " + before))
              .answer();

      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.body()).isEqualTo("three");
    }
  }

  @Test
  void bigFile_isNotHeldInMemory_stalledClientIsClosed() throws Exception {
    var big = folder.resolve("big.bin");
    try (var file =
        Files.newByteChannel(
            big, java.nio.file.StandardOpenOption.CREATE, java.nio.file.StandardOpenOption.WRITE)) {
      file.position(BIG - 1).write(java.nio.ByteBuffer.allocate(1));
    }
    var before = Servers.bufferBytes();
    try (var stalled = RawClient.connect(server.port(), 4096);
        var client = RawClient.connect(server.port())) {
      stalled.send(get("/big.bin"));
      client.send(RawClient.request("GET /big.bin", "Host: test", "Connection: close"));

      assertThat(client.skipToEnd()).isBetween((long) BIG, BIG + 1000L);
      assertThat(Servers.bufferBytes() - before).isLessThan(32 << 20);
      for (var idle = System.nanoTime(); System.nanoTime() - idle < 1_500_000_000L; ) {
        Thread.onSpinWait(); // waits longer than a socket may take no bytes
      }
      assertThat(stalled.skipToEnd()).isLessThan(BIG);
    }
  }

  @Test
  void shrinkingFile_endsConnection() throws IOException {
    var file = folder.resolve("shrinking.bin");
    Files.write(file, new byte[64 << 20]);
    try (var client = RawClient.connect(server.port(), 4096)) {
      client.send(get("/shrinking.bin"));
      client.input().readNBytes(100_000);
      Files.write(file, new byte[10]);

      assertThat(client.skipToEnd()).isLessThan(64 << 20);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "bytes=0-3 | 206 | 0123 | bytes 0-3/10",
        "bytes=0-0 | 206 | 0 | bytes 0-0/10",
        "bytes=9-9 | 206 | 9 | bytes 9-9/10",
        "bytes=4- | 206 | 456789 | bytes 4-9/10",
        "bytes=0- | 206 | 0123456789 | bytes 0-9/10",
        "bytes=7-99999999999999999999999 | 206 | 789 | bytes 7-9/10",
        "bytes=-3 | 206 | 789 | bytes 7-9/10",
        "bytes=-99 | 206 | 0123456789 | bytes 0-9/10",
        "BYTES=2-3 | 206 | 23 | bytes 2-3/10",
        "bytes=000-001 | 206 | 01 | bytes 0-1/10",
        "bytes=10- | 416 | '' | bytes */10",
        "bytes=99-100 | 416 | '' | bytes */10",
        "bytes=99999999999999999999- | 416 | '' | bytes */10",
        "bytes=-0 | 416 | '' | bytes */10",
        "bytes=3-2 | 200 | 0123456789 | ''",
        "bytes=- | 200 | 0123456789 | ''",
        "bytes=a-b | 200 | 0123456789 | ''",
        "bytes=0-1,3-4 | 200 | 0123456789 | ''",
        "bytes=0x1-2 | 200 | 0123456789 | ''",
        "bytes 0-3 | 200 | 0123456789 | ''",
        "lines=0-3 | 200 | 0123456789 | ''",
        "0-3 | 200 | 0123456789 | ''",
      })
  void range_isServed(String range, int status, String content, String contentRange)
      throws IOException {
    try (var client = RawClient.connect(server.port())) {
      for (var path : new String[] {"/digits.bin", "/digits-in-memory.bin"}) {
        var request = RawClient.request("GET " + path, "Host: test", "Range: " + range);
        var answer = client.send(request).answer();
        assertThat(answer.status()).as(path).isEqualTo(status);
        assertThat(answer.header("content-range")).isEqualTo(contentRange);
        assertThat(answer.header("accept-ranges")).isEqualTo("bytes");
        if (status != 416) {
          assertThat(answer.body()).isEqualTo(content);
        }
        var head = RawClient.request("HEAD " + path, "Host: test", "Range: " + range);
        assertThat(client.send(head).answerToHead().status()).isEqualTo(200);
      }
    }
  }

  @Test
  void ifRange_otherVersion_servesWholeFile() throws IOException {
    try (var client = RawClient.connect(server.port())) {
      var etag = client.send(get("/digits.bin")).answer().header("etag");
      for (var condition :
          new String[] {
            etag, "W/" + etag, "\"other\"", "Wed, 21 Oct 2026 07:28:00 GMT", etag + ", \"b\""
          }) {
        var request =
            RawClient.request(
                "GET /digits.bin", "Host: test", "Range: bytes=1-2", "If-Range: " + condition);
        assertThat(client.send(request).answer().body())
            .as(condition)
            .isEqualTo(condition.equals(etag) ? "12" : "0123456789");
      }
      var known =
          RawClient.request(
              "GET /digits.bin", "Host: test", "Range: bytes=1-2", "If-None-Match: " + etag);
      assertThat(client.send(known).answer().status()).isEqualTo(304);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "a.htm | text/html; charset=utf-8",
        "A.HTM | text/html; charset=utf-8",
        "a.ttf | font/ttf",
        "a.otf | font/otf",
        "a.woff | font/woff",
        "a.woff2 | font/woff2",
        "a.wasm | application/wasm",
        "a.js.map | application/json",
        "a.cjs | text/javascript; charset=utf-8",
        "a.csv | text/csv; charset=utf-8",
        "a.ogg | audio/ogg",
        "a.wav | audio/wav",
        "a.mov | video/quicktime",
        "a.vtt | text/vtt; charset=utf-8",
        "a.bmp | image/bmp",
        "a.zip | application/zip",
        "a.tar.gz | application/gzip",
        "htm | application/octet-stream",
        "a. | application/octet-stream",
        "a.exe | application/octet-stream",
      })
  void mediaType_followsExtension(String name, String type) {
    assertThat(MediaTypes.of(name)).isEqualTo(type);
  }

  private static String get(String path) {
    return RawClient.request("GET " + path, "Host: test");
  }
}
