package io.lhttp;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * A {@link Filter} that never rewrites a message's command, nor a header by which a link behind it
 * decides what to do, such as {@code upstream}. It may rewrite the body and other headers.
 *
 * <p>The thread of a message is chosen before its first filter runs. So a chain starts every
 * message on a virtual thread where a filter without this annotation stands before a link that may
 * block. It is not inherited.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface KeepsRoute {}
