package io.lhttp.app.api.json;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Describes a component of a record that stands in JSON. The name there is the component's name in
 * kebab-case.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Field {
  /** The meaning, as the description of the API has it. */
  String value();

  /** A JSON text as an example; empty for none. */
  String example() default "";

  /** The most characters of a text, the most items of a list, or the largest number; -1 for any. */
  long most() default -1;

  /** The fewest characters of a text, the fewest items of a list, or the smallest number. */
  long least() default 0;
}
