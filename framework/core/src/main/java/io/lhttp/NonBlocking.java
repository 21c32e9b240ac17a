package io.lhttp;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * A {@link Filter} or {@link Processor} that never waits while it handles a message: for a lock, a
 * file, or another server. If all links that a message runs through have this annotation, the
 * message runs on its connection's event loop, which is fastest; otherwise it runs on a virtual
 * thread.
 *
 * <p>The annotation is not inherited, because a subclass may block. {@code onOpen}, {@code onClose}
 * and {@code onReview} may wait in any case.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface NonBlocking {}
