package io.lhttp.internal.text;

import com.fasterxml.jackson.core.SerializableString;
import com.fasterxml.jackson.core.io.CharacterEscapes;
import com.fasterxml.jackson.core.io.SerializedString;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * The characters that {@link Json} escapes: those that could end a string or a script element,
 * those that a terminal obeys, and lone surrogates, which have no UTF-8.
 */
final class JsonEscapes extends CharacterEscapes {
  private static final long serialVersionUID = 1L;
  private static final int DELETE = 0x7f;
  private static final int LAST_CONTROL = 0x9f;
  private static final int LINE_SEPARATOR = 0x2028;
  private static final int PARAGRAPH_SEPARATOR = 0x2029;

  private final int[] ascii = CharacterEscapes.standardAsciiEscapesForJSON();

  /**
   * @param markup whether {@code <}, {@code >} and {@code &} are escaped
   */
  JsonEscapes(boolean markup) {
    ascii[DELETE] = ESCAPE_STANDARD;
    if (markup) {
      ascii['<'] = ESCAPE_STANDARD;
      ascii['>'] = ESCAPE_STANDARD;
      ascii['&'] = ESCAPE_STANDARD;
    }
  }

  /** Returns the array itself, because each generator asks for it. Jackson only reads it. */
  @Override
  public int[] getEscapeCodesForAscii() {
    return ascii;
  }

  /**
   * Escapes each half of a surrogate pair, because a call sees one half and can't tell whether it
   * stands alone.
   */
  @Override
  public @Nullable SerializableString getEscapeSequence(int c) {
    var escaped =
        (c > DELETE && c <= LAST_CONTROL)
            || c == LINE_SEPARATOR
            || c == PARAGRAPH_SEPARATOR
            || Character.isSurrogate((char) c);
    return escaped
        ? new SerializedString("\\u" + HexFormat.of().withUpperCase().toHexDigits((char) c))
        : null;
  }
}
