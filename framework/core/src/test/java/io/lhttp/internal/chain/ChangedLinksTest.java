package io.lhttp.internal.chain;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Only failures of changed links count on probation, also in chains of over 64 links. */
class ChangedLinksTest {
  private static ChangedLinks.Name name(int processor) {
    return new ChangedLinks.Name(ProcessorLink.KIND, "p" + processor);
  }

  @ParameterizedTest
  @CsvSource({"1, 64", "64, 64", "65, 63", "70, 63", "200, 63"})
  void changedLink_hasBitOfNoUnchangedLink(int links, int withBit) {
    var chain = new TestPipeline();
    for (var i = 0; i < links; i++) {
      chain.processor("p" + i, exchange -> {});
    }
    var pipeline = chain.pipeline();
    var all = new HashSet<ChangedLinks.Name>();
    for (var i = 0; i < links; i++) {
      all.add(name(i));
    }
    var own = new HashSet<Long>();
    for (var changed : all) {
      var others = new HashSet<>(all);
      others.remove(changed);
      assertThat(pipeline.bits(Set.of(changed)) & pipeline.bits(others)).isZero();
      own.add(pipeline.bits(Set.of(changed)));
    }
    own.remove(0L);
    assertThat(own).hasSize(Math.min(links, withBit));
    assertThat(Long.bitCount(pipeline.bits(all))).isEqualTo(Math.min(links, 64));
  }
}
