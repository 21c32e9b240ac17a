package io.lhttp.internal.text;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.security.KeyPairGenerator;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The PEM reader finds blocks by label and refuses text that is cut. */
class PemTextTest {
  private static final String TWO =
      "Bag Attributes\n" + block("A", "one") + "between\n" + block("B 2", "two") + "behind\n";

  @Test
  void blocks_textAround_isSkipped() {
    assertThat(PemText.blocks(TWO))
        .extracting(block -> block.label() + "=" + new String(block.der(), US_ASCII))
        .containsExactly("A=one", "B 2=two");
    assertThat(PemText.blocks("no PEM at all")).isEmpty();
  }

  @Test
  void blocks_ofALabel_areTheseAlone() {
    assertThat(PemText.blocks(TWO + block("A", "three"), "A"))
        .extracting(der -> new String(der, US_ASCII))
        .containsExactly("one", "three");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PemText.blocks(TWO, "C"))
        .withMessageContaining("\"C\"");
  }

  @Test
  void blocks_cutAnywhereWithinABlock_areRefused() {
    var text = block("A", "one") + block("A", "two");
    var first = block("A", "one").length();
    for (var length = first + 5; length < text.length() - 1; length++) {
      var cut = text.substring(0, length);
      assertThatIllegalArgumentException().as(cut).isThrownBy(() -> PemText.blocks(cut));
    }
  }

  @Test
  void blocks_endOfAnotherLabel_areRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PemText.blocks(block("A", "one").replace("END A", "END B")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"RSA", "EC", "Ed25519"})
  void privateKey_ofEachKind_isRead(String algorithm) throws Exception {
    var key = KeyPairGenerator.getInstance(algorithm).generateKeyPair().getPrivate();

    assertThat(PemText.privateKey(TWO + block("PRIVATE KEY", key.getEncoded())).getEncoded())
        .isEqualTo(key.getEncoded());
  }

  @Test
  void privateKey_inAnotherForm_saysHowToConvertIt() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PemText.privateKey(block("RSA PRIVATE KEY", "x")))
        .withMessageContaining("openssl pkcs8 -topk8 -nocrypt");
  }

  @Test
  void privateKey_thatIsNone_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PemText.privateKey(block("PRIVATE KEY", "x")))
        .withMessageContaining("RSA, EC or EdDSA");
    assertThatIllegalArgumentException().isThrownBy(() -> PemText.privateKey("nothing"));
  }

  private static String block(String label, String content) {
    return block(label, content.getBytes(US_ASCII));
  }

  private static String block(String label, byte[] content) {
    return "-----BEGIN %s-----\n%s\n-----END %s-----\n"
        .formatted(label, Base64.getMimeEncoder().encodeToString(content), label);
  }
}
