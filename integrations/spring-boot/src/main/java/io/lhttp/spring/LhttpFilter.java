package io.lhttp.spring;

import io.lhttp.chain.OnError;
import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.springframework.core.annotation.AliasFor;
import org.springframework.stereotype.Component;

/**
 * Gives a bean that is a {@link io.lhttp.Filter} its name in the chain, in metrics and in errors.
 * The annotation stands on a class, which component scanning then finds, or on a {@code @Bean}
 * method. Without it the name is that of the bean.
 */
@Documented
@Component
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
public @interface LhttpFilter {
  /** The name in the chain; empty for the bean's name. */
  @AliasFor("name")
  String value() default "";

  /** The same as {@link #value}. */
  @AliasFor("value")
  String name() default "";

  /** The policy for a message for which the filter throws an exception. */
  OnError onError() default OnError.REFUSE;
}
