package io.lhttp;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * A {@link Filter} or {@link Processor} whose work on a message never waits: for a lock, a file,
 * another server. A message runs on its connection's event loop, which is the fastest, where all
 * links on its way are such; else on a virtual thread.
 *
 * <p>It is not inherited: a subclass may block unless it says so itself. The hooks for opening,
 * closing and review may wait in any case.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface NonBlocking {}
