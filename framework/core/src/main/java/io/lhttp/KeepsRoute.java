package io.lhttp;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * A {@link Filter} that never rewrites a message's command, nor a header by which a later link
 * decides, such as {@code upstream}. It may rewrite the body and other headers.
 *
 * <p>The server chooses a message's thread before its first filter runs. Hence a chain starts every
 * message on a virtual thread if a filter without this annotation comes before a link that may
 * block. The annotation is not inherited.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface KeepsRoute {}
