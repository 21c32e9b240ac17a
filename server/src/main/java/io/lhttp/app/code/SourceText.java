package io.lhttp.app.code;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lhttp.app.config.Place;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import javax.tools.SimpleJavaFileObject;

/** The text of a source for the compiler. */
final class SourceText extends SimpleJavaFileObject {
  private final String name;
  private final String text;

  SourceText(CodeFile file) throws CharacterCodingException {
    super(file.path().toUri(), Kind.SOURCE);
    this.name = file.name();
    this.text = UTF_8.newDecoder().decode(ByteBuffer.wrap(file.content())).toString();
  }

  /** The path of the source as users write it. */
  String file() {
    return name;
  }

  @Override
  public String getCharContent(boolean ignoreEncodingErrors) {
    return text;
  }

  Place place(int position) {
    var before = text.substring(0, position);
    var line = before.chars().filter(c -> c == '\n').count() + 1;
    return new Place(name, (int) line, position - lineStart(position) + 1);
  }

  /** Returns the source line at the position, and below it a caret that points at the position. */
  String excerpt(int position) {
    var start = lineStart(position);
    var line = text.substring(start).lines().findFirst().orElse("");
    var indent = text.substring(start, position).replaceAll("[^\t]", " ");
    return "    " + line + "\n    " + indent + "^";
  }

  private int lineStart(int position) {
    return text.lastIndexOf('\n', position - 1) + 1;
  }
}
