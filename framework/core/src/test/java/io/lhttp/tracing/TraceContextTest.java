package io.lhttp.tracing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The headers of W3C Trace Context: well-formed ones are read, and no others. */
class TraceContextTest {
  private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
  private static final String SPAN = "b7ad6b7169203331";
  private static final String PARENT = "00-" + TRACE + "-" + SPAN + "-01";

  @Test
  void parent_wellFormed_isRead() {
    var context = TraceContext.read(List.of(PARENT), List.of()).orElseThrow();

    assertThat(context).isEqualTo(new TraceContext(TRACE, SPAN, true, ""));
    assertThat(context).hasToString(PARENT);
  }

  @ParameterizedTest
  @CsvSource({"00, false", "01, true", "02, false", "03, true", "ff, true", "fe, false"})
  void flags_haveSampledInLastBit(String flags, boolean sampled) {
    var context = TraceContext.read(List.of(PARENT.replaceFirst("01$", flags)), List.of());

    assertThat(context).map(TraceContext::sampled).contains(sampled);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-what-the-future-brings",
      })
  void parent_ofLaterVersion_isReadAsFarAsKnown(String parent) {
    assertThat(TraceContext.read(List.of(parent), List.of()))
        .map(Object::toString)
        .contains(PARENT);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "00",
        "garbage",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01.",
        "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-B7AD6B7169203331-01",
        "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
        "00-0af7651916cd43dd8448eb211c80319-b7ad6b71692033310-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0x",
        "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "0x-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01.what",
        "00-0af7651916cd43dd8448eb211c80319c_b7ad6b7169203331-01",
        "00-０af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
      })
  void parent_malformed_isNone(String parent) {
    assertThat(TraceContext.read(List.of(parent), List.of("a=1"))).isEmpty();
  }

  @Test
  void parent_sentTwice_isNone() {
    assertThat(TraceContext.read(List.of(PARENT, PARENT), List.of())).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "congo=t61rcWkgMzE | congo=t61rcWkgMzE",
        "rojo=00f067aa0ba902b7 ,, congo=t61rcWkgMzE, | rojo=00f067aa0ba902b7,congo=t61rcWkgMzE",
        "fw529a3039@dt=FfAAAAEAAAQ | fw529a3039@dt=FfAAAAEAAAQ",
        "0tenant/a-b_c*=x y | 0tenant/a-b_c*=x y",
      })
  void state_wellFormed_isKept(String sent, String kept) {
    assertThat(state(sent)).isEqualTo(kept);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "novalue",
        "=x",
        "Upper=x",
        "-a=x",
        "a=",
        "a=1,a=2",
        "a=b=c",
        "a=\u00e9",
        "a\t=1",
        "a b=1"
      })
  void state_malformed_isDroppedAlone(String state) {
    var context = TraceContext.read(List.of(PARENT), List.of(state)).orElseThrow();

    assertThat(context.state()).isEmpty();
    assertThat(context.spanId()).isEqualTo(SPAN);
  }

  @Test
  void state_ofSeveralHeaders_isJoinedInOrder() {
    var context = TraceContext.read(List.of(PARENT), List.of("b=2", "a=1")).orElseThrow();

    assertThat(context.state()).isEqualTo("b=2,a=1");
  }

  @Test
  void state_of33Members_isDropped() {
    assertThat(state(members(32))).isEqualTo(members(32));
    assertThat(state(members(33))).isEmpty();
  }

  @Test
  void state_beyond512Characters_losesLongMembersFirst() {
    var state =
        "a=1,b=" + "x".repeat(200) + ",c=" + "y".repeat(200) + ",d=" + "z".repeat(120) + ",e=5";

    assertThat(state(state)).startsWith("a=1,b=").doesNotContain("c=").endsWith(",e=5");
    assertThat(state("a=" + "x".repeat(257))).isEmpty();
    assertThat(state("a".repeat(257) + "=x")).isEmpty();
  }

  @Test
  void write_givesBothHeaders() {
    var headers = new ArrayList<String>();
    new TraceContext(TRACE, SPAN, false, "a=1")
        .write((name, value) -> headers.add(name + ":" + value));

    assertThat(headers)
        .containsExactly("traceparent:00-" + TRACE + "-" + SPAN + "-00", "tracestate:a=1");
  }

  @Test
  void ids_malformed_throw() {
    assertThatThrownBy(() -> new TraceContext("0".repeat(32), SPAN, true, ""))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new TraceContext(TRACE, "x", true, ""))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static String state(String sent) {
    return TraceContext.read(List.of(PARENT), List.of(sent)).orElseThrow().state();
  }

  private static String members(int count) {
    return IntStream.range(0, count).mapToObj(i -> "k" + i + "=v").collect(Collectors.joining(","));
  }
}
