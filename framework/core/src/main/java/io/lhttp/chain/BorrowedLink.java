package io.lhttp.chain;

import java.util.concurrent.Callable;

/**
 * Makes a link of an instance that its creator closes. The server uses the instance and never
 * closes it, so that it may serve in a later server, too.
 *
 * @param instance a filter or a processor
 */
public record BorrowedLink<T>(T instance) implements Callable<T> {
  @Override
  public T call() {
    return instance;
  }
}
