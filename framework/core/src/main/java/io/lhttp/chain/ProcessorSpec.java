package io.lhttp.chain;

import io.lhttp.Processor;
import java.util.concurrent.Callable;

/**
 * The description of one processor of a generation.
 *
 * @param command unique in its chain
 * @param fingerprint as {@link FilterSpec#fingerprint}
 * @param make creates the instance; if it throws, the generation is not built
 */
public record ProcessorSpec(
    String command, String fingerprint, Callable<? extends Processor> make) {

  /**
   * Describes an existing instance. Its fingerprint is its identity, so a reload with the same
   * instance keeps it.
   */
  public static ProcessorSpec of(String command, Processor processor) {
    return new ProcessorSpec(command, Fingerprint.of(processor), () -> processor);
  }

  /** As {@link #of}, but the server never closes the instance. */
  public static ProcessorSpec borrowed(String command, Processor processor) {
    return new ProcessorSpec(command, Fingerprint.of(processor), new BorrowedLink<>(processor));
  }
}
