package io.lhttp.spring;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.springframework.stereotype.Component;

/**
 * Names the commands of a bean that is a {@link io.lhttp.Processor}. The annotation stands on a
 * class, which component scanning then finds, or on a {@code @Bean} method.
 *
 * <p>One bean may have several commands. Two beans with one command end the start.
 */
@Documented
@Component
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
public @interface LhttpProcessor {
  /** The commands, at least one. */
  String[] value();
}
