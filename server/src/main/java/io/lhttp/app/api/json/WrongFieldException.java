package io.lhttp.app.api.json;

import io.lhttp.RefusedException;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Thrown by a record's constructor for the value of one of its fields. {@link Records} adds the
 * place and the value.
 */
public final class WrongFieldException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  private final String field;
  private final String member;
  private final int item;
  private final String expected;

  private WrongFieldException(
      String field, String member, int item, String expected, String message) {
    super(message);
    this.field = field;
    this.member = member;
    this.item = item;
    this.expected = expected;
  }

  /**
   * Creates an error about a field.
   *
   * @param field the field's name in JSON
   * @param expected describes a valid value; completes "expected …"
   */
  public static WrongFieldException of(String field, String expected) {
    return new WrongFieldException(field, "", -1, expected, "");
  }

  /**
   * Creates an error about a member of a field that is an object.
   *
   * @param message the reason; empty for one of the expectation and the value
   */
  public static WrongFieldException ofMember(
      String field, String member, String expected, String message) {
    return new WrongFieldException(field, member, -1, expected, message);
  }

  /** Calls code that refuses the value of a field. */
  public static <T> T checked(String field, String expected, Supplier<T> code) {
    try {
      return code.get();
    } catch (IllegalArgumentException | RefusedException e) {
      throw of(field, expected);
    }
  }

  /** Calls code for each item of a field that is a list. */
  public static void checkItems(
      String field, List<String> items, String expected, Consumer<String> code) {
    for (var i = 0; i < items.size(); i++) {
      try {
        code.accept(items.get(i));
      } catch (IllegalArgumentException | RefusedException e) {
        throw new WrongFieldException(field, "", i, expected, "");
      }
    }
  }

  /** The reason; empty if the expectation and the value say it. */
  String reason() {
    return String.valueOf(getMessage());
  }

  String field() {
    return field;
  }

  /** The name of the member in the field's object; empty for the field itself. */
  String member() {
    return member;
  }

  /** The index of the item in the field's list; -1 for the field itself. */
  int item() {
    return item;
  }

  String expected() {
    return expected;
  }
}
