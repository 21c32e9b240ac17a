package io.lhttp.filters.pubsub;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.filters.pubsub.Numbering.Counting;
import org.junit.jupiter.api.Test;

class NumberingTest {
  private final Counting counting = new Counting(1_000);

  @Test
  void numbersInARowMissNothing() {
    assertThat(missing(run("a", 2_000), 1, 2, 3)).isZero();
  }

  @Test
  void whatIsLeftOutIsMissing() {
    assertThat(missing(run("a", 2_000), 1, 4, 5, 7)).isEqualTo(3);
  }

  @Test
  void ofARunThatHadBegunBeforeNothingIsMissingAtFirst() {
    assertThat(missing(run("a", 500), 70, 71)).isZero();
    assertThat(missing(run("a", 500), 73)).isEqualTo(1);
  }

  @Test
  void ofARunThatHasBegunSinceTheBeginningIsMissingToo() {
    assertThat(missing(run("a", 2_000), 4)).isEqualTo(3);
  }

  @Test
  void whatComesBehindALaterOneIsLate() {
    var a = run("a", 2_000);
    assertThat(missing(a, 1, 4)).isEqualTo(2);
    assertThat(counting.missing(a + 2)).isEqualTo(Numbering.Counting.LATE);
    assertThat(counting.missing(a + 4)).isEqualTo(Numbering.Counting.LATE);
    assertThat(missing(run("b", 2_000), 1)).isZero();
    assertThat(counting.missing(a + 3)).isEqualTo(Numbering.Counting.LATE);
    assertThat(missing(a, 5)).isZero();
  }

  @Test
  void aNumberThatSomebodyHasMadeUpDoesNotMakeTheRestLate() {
    var a = run("a", 2_000);
    assertThat(missing(a, 1, 2)).isZero();
    assertThat(counting.missing(a + Long.MAX_VALUE)).isZero();
    assertThat(missing(a, 3, 5)).isEqualTo(1);

    var b = run("b", 500); // had begun before: whichever comes first is believed
    assertThat(missing(b, Long.MAX_VALUE, 70, 71)).isZero();
    assertThat(missing(b, 73)).isEqualTo(1);
  }

  @Test
  void aServerKnowsItsOwnNumbers() {
    var numbering = new Numbering("a");
    var own = numbering.run("channel");
    assertThat(numbering.ours(own.next())).isTrue();
    assertThat(numbering.ours(run("ab", 2_000) + 1)).isFalse();
    assertThat(numbering.ours("a")).isFalse();
    assertThat(numbering.ours(null)).isFalse();
  }

  @Test
  void everyServerIsCountedForItself() {
    assertThat(missing(run("a", 2_000), 1)).isZero();
    assertThat(missing(run("b", 2_000), 1)).isZero();
    assertThat(missing(run("a", 2_000), 2)).isZero();
    assertThat(missing(run("b", 2_000), 3)).isEqualTo(1);
  }

  @Test
  void whatIsNoNumberOfOursIsNotCounted() {
    for (var replyTo :
        new String[] {
          "",
          ".",
          "a",
          "_INBOX.a.7",
          "lhttp-number.",
          "lhttp-number.a",
          "lhttp-number.a.b.x",
          "lhttp-number.a.b.0",
          "lhttp-number.a.b.-1",
          "lhttp-number.7",
          "lhttp-number.a.b.99999999999999999999"
        }) {
      assertThat(counting.missing(replyTo)).as(replyTo).isZero();
    }
    assertThat(counting.missing(null)).isZero();
  }

  @Test
  void aRunNumbersWhatIsUnderWay() {
    var run = new Numbering("s").run("a");
    var first = run.next();
    assertThat(run.next()).as("a publication that was refused").isEqualTo(first);
    run.advance();
    assertThat(run.next()).endsWith(".2");
  }

  private static String run(String server, long begun) {
    return "lhttp-number." + server + "." + Long.toString(begun, 36) + ".";
  }

  private long missing(String run, long... numbers) {
    var missing = 0L;
    for (var number : numbers) {
      missing += counting.missing(run + number);
    }
    return missing;
  }
}
