package io.lhttp.internal.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The JSON writer writes members in order and escapes hostile text. */
class JsonTest {
  private static final String HOSTILE =
      "\"\\/\b\f\n\r\t\0\u001b[31m</script>&\u007f\u0085\u202e\u2028\u2029grüße 😀";

  @Test
  void object_membersOfAllKinds_standInTheirOrder() {
    assertThat(
            Json.object(to ->
                to.text("text", "a")
                    .number("long", Long.MIN_VALUE)
                    .number("double", 0.25)
                    .number("none", Double.NaN)
                    .flag("flag", true)
                    .object("object", inner -> inner.number("one", 1))
                    .texts("texts", List.of("b", "c"))
                    .objects("objects", List.of("d"), (object, name) -> object.text("name", name))))
        .isEqualTo(
            "{\"text\":\"a\",\"long\":-9223372036854775808,\"double\":0.25,\"none\":null,"
                + "\"flag\":true,\"object\":{\"one\":1},\"texts\":[\"b\",\"c\"],"
                + "\"objects\":[{\"name\":\"d\"}]}");
  }

  @Test
  void object_hostileText_comesBackAndEndsNothing() throws Exception {
    var json = Json.object(to -> to.text(HOSTILE, HOSTILE));

    assertThat(read(json).get(HOSTILE).asText()).isEqualTo(HOSTILE);
    assertThat(json)
        .contains("grüße")
        .doesNotContain("</", "&", "\u2028", "\u2029")
        .matches(text -> text.chars().noneMatch(Character::isISOControl));
  }

  @ParameterizedTest
  @CsvSource({"'a\"b', 'a\\\"b'", "a\\b, a\\\\b", "a/b, a/b", "<, \\u003C", "'\u0085', \\u0085"})
  void object_character_isEscapedThus(String text, String escaped) {
    assertThat(Json.object(to -> to.text("t", text))).isEqualTo("{\"t\":\"" + escaped + "\"}");
  }

  @Test
  void object_halfOfASurrogatePair_isEscaped() {
    assertThat(Json.object(to -> to.text("t", "a\ud800b\udc00")))
        .isEqualTo("{\"t\":\"a\\uD800b\\uDC00\"}");
  }

  @Test
  void page_hostileText_isPrintableAscii() throws Exception {
    var json = Json.page(to -> to.text("text", HOSTILE).text("plain", "<a>"));

    assertThat(read(json).get("text").asText()).isEqualTo(HOSTILE);
    assertThat(json).contains("\"plain\" : \"<a>\"").endsWith("}\n");
    assertThat(json.replace(System.lineSeparator(), "").replace("\n", "").chars())
        .allMatch(c -> c >= ' ' && c < 0x7f);
  }

  @Test
  void objects_beyondMaxLength_areLeftOut() throws Exception {
    var items = Collections.nCopies(10_000, "x".repeat(10));

    var json =
        Json.object(
            to -> to.objects("many", items, 20_000, (object, item) -> object.text("i", item)));

    assertThat(json).hasSizeBetween(20_000, 20_030);
    assertThat(read(json).get("many").size()).isBetween(1_000, 1_200);
  }

  @Test
  void value_mapsAndLists_areWritten() {
    var map = new LinkedHashMap<Object, Object>();
    map.put("list", Arrays.asList(1, null, 2.5f, new BigDecimal("1e30"), true, "a\nb"));
    map.put(7, new LinkedHashMap<>());
    map.put("none", Double.POSITIVE_INFINITY);

    assertThat(Json.value(map))
        .isEqualTo("{\"list\":[1,null,2.5,1E+30,true,\"a\\nb\"],\"7\":{},\"none\":null}");
    assertThat(Json.value(null)).isEqualTo("null");
  }

  @Test
  void value_nestedTooDeeply_isRefused() {
    var value = List.<Object>of();
    for (var i = 0; i < 2_000; i++) {
      value = List.of(value);
    }
    var deep = value;

    assertThatThrownBy(() -> Json.value(deep)).hasMessageContaining("depth");
  }

  private static JsonNode read(String json) throws Exception {
    return new ObjectMapper().readTree(json);
  }
}
