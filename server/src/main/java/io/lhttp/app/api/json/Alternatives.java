package io.lhttp.app.api.json;

import java.lang.annotation.ElementType;
import java.lang.annotation.Repeatable;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** Says how many of several optional components of a record may be present in JSON. */
@Repeatable(Alternatives.All.class)
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface Alternatives {
  /** The names of the fields in JSON. */
  String[] value();

  /** How many of them are present. */
  Count count() default Count.ONE;

  /** The number of fields that are present. */
  enum Count {
    ONE,
    AT_MOST_ONE,
    AT_LEAST_ONE
  }

  /** Several groups of one record. */
  @Retention(RetentionPolicy.RUNTIME)
  @Target(ElementType.TYPE)
  @interface All {
    Alternatives[] value();
  }
}
