package io.lhttp.app.config;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The binder fills records from YAML and reports each wrong value with its position. */
class BinderTest {
  enum Mode {
    WARM,
    DROP_OLDEST,
    IO_URING {
      @Override
      public String toString() {
        return "io_uring";
      }
    }
  }

  record Inner(int first, int second) {
    static final Inner DEFAULT = new Inner(1, 2);
  }

  record Pair(String left, int right) {
    Pair {
      if (right < 0) {
        throw new IllegalArgumentException("right is negative: " + right);
      }
    }
  }

  record Options(
      String name,
      int maxMessageBytes,
      Duration timeOut,
      boolean strict,
      double ratio,
      Mode mode,
      Inner inner,
      List<String> names,
      Map<String, Mode> modes,
      Optional<Pair> pair,
      @Key("public") URI folder) {
    Options() {
      this(
          "n",
          1,
          Duration.ofSeconds(1),
          false,
          0.5,
          Mode.WARM,
          Inner.DEFAULT,
          List.of(),
          Map.of(),
          Optional.empty(),
          URI.create("x:y"));
    }
  }

  private final Problems problems = new Problems();

  @Test
  void emptyText_bindsDefaults() {
    assertThat(bind("")).contains(new Options());
  }

  @ParameterizedTest
  @ValueSource(strings = {"NaN", "Infinity", "-Infinity", "1e999"})
  void numberThatIsNotFinite_isRefused(String number) {
    var _ = bind("ratio: '" + number + "'");

    assertThat(problems.found())
        .singleElement()
        .asString()
        .contains("ratio: expected a number, not ");
  }

  @Test
  void valueOfEachType_isBound() {
    var options =
        bind(
            """
            name: 12
            max-message-bytes: 64KiB
            time-out: 500ms
            strict: true
            ratio: 2
            mode: io_uring
            inner: { second: 5 }
            names: [a, b]
            modes: { x: warm, a: drop-oldest }
            pair: { left: l, right: 1_000 }
            public: http://localhost/
            """);

    assertThat(problems.found()).isEmpty();
    assertThat(options)
        .contains(
            new Options(
                "12",
                65536,
                Duration.ofMillis(500),
                true,
                2,
                Mode.IO_URING,
                new Inner(1, 5),
                List.of("a", "b"),
                Map.of("x", Mode.WARM, "a", Mode.DROP_OLDEST),
                Optional.of(new Pair("l", 1000)),
                URI.create("http://localhost/")));
    assertThat(options.orElseThrow().modes().keySet()).containsExactly("x", "a");
  }

  sealed interface Target {}

  record HttpTarget(URI url) implements Target {}

  record Nowhere() implements Target {}

  record Values(
      Path path,
      InetSocketAddress address,
      Pattern pattern,
      Set<Mode> modes,
      char separator,
      float ratio,
      Locale language,
      ZoneId zone,
      Instant end,
      OptionalInt most,
      Target target,
      List<Target> others) {}

  @Test
  void valueOfEachTypeOfJdk_isBound() {
    var text =
        """
        path: /tmp/x
        address: 127.0.0.1:5432
        pattern: a+
        modes: [warm, warm]
        separator: ';'
        ratio: 0.5
        language: de-CH
        zone: Europe/Berlin
        end: 2030-12-31T23:59:59Z
        most: 3
        target: { http-target: { url: http://localhost/ } }
        others: [nowhere]
        """;

    var values = binder().bind(Values.class, node(text), "o").orElseThrow();

    assertThat(problems.found()).isEmpty();
    assertThat(values.path()).isEqualTo(Path.of("/tmp/x"));
    assertThat(values.address())
        .isEqualTo(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 5432));
    assertThat(values.pattern().pattern()).isEqualTo("a+");
    assertThat(values.modes()).containsExactly(Mode.WARM);
    assertThat(values.separator()).isEqualTo(';');
    assertThat(values.ratio()).isEqualTo(0.5f);
    assertThat(values.language()).isEqualTo(Locale.of("de", "CH"));
    assertThat(values.zone()).isEqualTo(ZoneId.of("Europe/Berlin"));
    assertThat(values.end()).isEqualTo(Instant.parse("2030-12-31T23:59:59Z"));
    assertThat(values.most()).hasValue(3);
    assertThat(values.target()).isEqualTo(new HttpTarget(URI.create("http://localhost/")));
    assertThat(values.others()).containsExactly(new Nowhere());
  }

  @SuppressWarnings("ArrayRecordComponent") // the arrays are what is tested
  record Bytes(byte[] key, int[] ports) {}

  @Test
  void arrays_areBound() {
    var bytes =
        binder().bind(Bytes.class, node("{ key: aGVsbG8=, ports: [1, 2] }"), "o").orElseThrow();

    assertThat(bytes.key()).asString(US_ASCII).isEqualTo("hello");
    assertThat(bytes.ports()).containsExactly(1, 2);
  }

  record Strange(Optional<Thread> thread, Optional<Target> target) {}

  record Broken(int a) {
    Broken() {
      this(noDefault());
    }

    private static int noDefault() {
      throw new IllegalStateException("no default");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "thread: x | f:1:9: o.thread: no text is known for values of java.lang.Thread: declare another type, or give this one a public static method parse(String)",
        "target: ftp | f:1:9: o.target: expected one of http-target, nowhere, alone or with its keys, not 'ftp'",
        "target: { http-target: { url: 'a b' } } | f:1:31: o.target.http-target.url: expected a URL, not 'a b'",
        "target: http-target | f:1:9: o.target.http-target: the key 'url' is missing",
      })
  void typeOrChoiceThatIsUnknown_isReportedWithPosition(String text, String problem) {
    binder().bind(Strange.class, node(text), "o");

    assertThat(problems.found()).extracting(Problem::summary).containsExactly(problem);
  }

  @Test
  void failingDefault_isReportedWithPosition() {
    assertThat(binder().bind(Broken.class, node("a: 1"), "o")).isEmpty();

    assertThat(problems.found())
        .singleElement()
        .asString()
        .contains(
            "f:1:1: o: the default of Broken can't be made: java.lang.IllegalStateException: no"
                + " default at io.lhttp.app.config.BinderTest$Broken.")
        .contains("(BinderTest.java:");
  }

  record Filtering(Pattern re) {}

  @Test
  void brokenPattern_isReportedWithReason() {
    assertThat(binder().bind(Filtering.class, node("re: 'a('"), "o")).isEmpty();

    assertThat(problems.found())
        .extracting(Problem::summary)
        .containsExactly(
            "f:1:5: o.re: expected a regular expression of Java, not 'a(': Unclosed group at"
                + " character 3");
  }

  record Strict(String name) {
    Strict {
      throw new IllegalArgumentException("bad \u001b[31mname");
    }
  }

  @Test
  void messageOfUser_controlsNoTerminal() {
    assertThat(binder().bind(Strict.class, node("name: x"), "o")).isEmpty();

    assertThat(problems.found())
        .extracting(Problem::summary)
        .containsExactly("f:1:1: o: bad \\u{1b}[31mname");
  }

  record Careless(Optional<String> name) {
    Careless {
      var _ = name.orElseThrow().length();
    }
  }

  @Test
  void exceptionOfRecord_isReportedWithItsLine() {
    assertThat(binder().bind(Careless.class, node("{}"), "o")).isEmpty();

    assertThat(problems.found())
        .singleElement()
        .asString()
        .contains("o: java.util.NoSuchElementException: No value present at ")
        .contains("BinderTest$Careless.<init>(BinderTest.java:");
  }

  private Binder binder() {
    return new Binder(problems);
  }

  private Node node(String text) {
    return Yaml.file("f", text, name -> null, problems);
  }

  @ParameterizedTest
  @CsvSource({"10s, PT10S", "500ms, PT0.5S", "2m, PT2M", "1.5h, PT1H30M", "0s, PT0S", "1d, PT24H"})
  void duration_withUnit_isParsed(String text, Duration expected) {
    assertThat(Shapes.duration(text)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({"64KiB, 65536", "64KB, 64000", "1 MiB, 1048576", "4096, 4096", "1.5kib, 1536"})
  void size_withOptionalUnit_isParsed(String text, long expected) {
    assertThat(Shapes.size(text)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "nam: x           | f:1:1: unknown key 'o.nam', did you mean 'name'?",
        "zzzzzzzz: x      | f:1:1: unknown key 'o.zzzzzzzz', expected one of name, max-message-bytes, time-out, strict, ratio, mode, inner, names, modes, pair, public",
        "max-message-bytes: 3GiB | f:1:20: o.max-message-bytes: expected a size below 2GiB such as 64KiB, 1MB or 4096 (bytes), not '3GiB'",
        "max-message-bytes: 1.5  | f:1:20: o.max-message-bytes: expected a size below 2GiB such as 64KiB, 1MB or 4096 (bytes), not '1.5'",
        "time-out: 10     | f:1:11: o.time-out: expected a duration such as 10s, 500ms or 2m, not '10'",
        "time-out: -1s    | f:1:11: o.time-out: expected a duration such as 10s, 500ms or 2m, not '-1s'",
        "strict: yes      | f:1:9: o.strict: expected true or false, not 'yes'",
        "mode: cold       | f:1:7: o.mode: expected one of warm, drop-oldest, io_uring, not 'cold'",
        "inner: 5         | f:1:8: o.inner: expected keys with values, not '5'; the keys are first, second",
        "inner: {first: 99999999999} | f:1:16: o.inner.first: expected a whole number from -2147483648 to 2147483647, not '99999999999'",
        "inner: {first: many} | f:1:16: o.inner.first: expected a whole number, not 'many'",
        "names: a         | f:1:8: o.names: expected a list, not 'a'",
        "names: [[a]]     | f:1:9: o.names[0]: expected a text, not a list",
        "modes: [a]       | f:1:8: o.modes: expected keys with values, not a list",
        "name:            | f:1:1: o.name: a value is missing",
        "pair: {right: 1} | f:1:7: o.pair: the key 'left' is missing",
        "pair: {left: a, right: -1} | f:1:7: o.pair: right is negative: -1",
        "[a]              | f:1:1: o: expected keys with values, not a list; the keys are name, max-message-bytes, time-out, strict, ratio, mode, inner, names, modes, pair, public",
      })
  void wrongValue_isReportedWithExpectationAndPosition(String text, String problem) {
    bind(text);

    assertThat(problems.found()).extracting(Problem::summary).containsExactly(problem);
  }

  @Test
  void severalErrors_areReportedAtOnce() {
    bind("nam: x\nmode: cold\ninner: { first: a, third: 1 }\n");

    assertThat(problems.found())
        .extracting(problem -> problem.place().line())
        .containsExactly(1, 2, 3, 3);
  }

  @Test
  void wrongValue_keepsOtherValues() {
    assertThat(bind("mode: cold\nnames: [a, [b], c]\nratio: 3\n").orElseThrow())
        .extracting(Options::mode, Options::names, Options::ratio)
        .containsExactly(Mode.WARM, List.of("a", "c"), 3.0);
  }

  private Optional<Options> bind(String text) {
    var node = Yaml.file("f", text, name -> null, problems);
    return new Binder(problems).bind(Options.class, node, "o");
  }
}
