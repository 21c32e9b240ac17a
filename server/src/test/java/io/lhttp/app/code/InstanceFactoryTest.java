package io.lhttp.app.code;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.Surroundings;
import io.lhttp.app.config.Binder;
import io.lhttp.app.config.Place;
import io.lhttp.app.config.Problems;
import io.lhttp.app.config.Yaml;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * A factory makes a class with its options, and with surroundings if its constructor takes them.
 */
class InstanceFactoryTest {
  private static final Surroundings OTHERS =
      new Surroundings(
          Surroundings.REAL.clock(),
          () -> 7,
          Surroundings.REAL.timer(),
          Optional.empty(),
          Surroundings.REAL.known());

  record Options(int most) {}

  static class Made {
    Object options = "none";
    @Nullable Surroundings surroundings;
  }

  static class Plain extends Made {
    Plain() {}
  }

  static class Surrounded extends Made {
    Surrounded(Surroundings surroundings) {
      this.surroundings = surroundings;
    }
  }

  static class WithRecord extends Made {
    WithRecord(Options options) {
      this.options = options;
    }

    WithRecord(Options options, Surroundings surroundings) {
      this.options = options;
      this.surroundings = surroundings;
    }
  }

  static class WithMap extends Made {
    WithMap(Map<String, Object> options, Surroundings surroundings) {
      this.options = options;
      this.surroundings = surroundings;
    }
  }

  private static InstanceFactory<Made> factory(Class<? extends Made> type, String options) {
    var problems = new Problems();
    var node = Yaml.file("x", options, name -> null, problems);
    var factory =
        InstanceFactory.<Made>of(
            "x", type, Place.of("x"), node, new Binder(problems), () -> "same");
    assertThat(problems.found()).isEmpty();
    return factory.orElseThrow();
  }

  @Test
  void constructorWithSurroundings_isPreferredAndReceivesThem() throws Exception {
    assertThat(factory(Surrounded.class, "").call().surroundings).isSameAs(Surroundings.REAL);
    assertThat(factory(WithRecord.class, "{ most: 3 }").call().surroundings)
        .isSameAs(Surroundings.REAL);
    assertThat(factory(WithMap.class, "{ most: 3 }").call().surroundings)
        .isSameAs(Surroundings.REAL);
    assertThat(factory(Plain.class, "").call().surroundings).isNull();
  }

  @Test
  void otherSurroundings_keepOptionsAndFingerprint() throws Exception {
    var factory = factory(WithRecord.class, "{ most: 3 }");
    var other = factory.within(OTHERS);

    assertThat(other.call().surroundings).isSameAs(OTHERS);
    assertThat(other.call().options).isEqualTo(new Options(3));
    assertThat(other.fingerprint()).isEqualTo(factory.fingerprint());
    assertThat(factory(WithMap.class, "{ most: 3 }").within(OTHERS).call().options)
        .isEqualTo(Map.of("most", 3));
    assertThat(factory(Plain.class, "").within(OTHERS).call().surroundings).isNull();
  }
}
