package io.lhttp.chain;

import io.lhttp.Processor;
import java.util.concurrent.Callable;

/**
 * The description of one processor of a generation.
 *
 * @param command unique in its chain
 * @param fingerprint as {@link FilterSpec#fingerprint}
 * @param make creates the instance; its exception refuses the generation
 */
public record ProcessorSpec(
    String command, String fingerprint, Callable<? extends Processor> make) {

  /** An existing instance, which is its own fingerprint. */
  public static ProcessorSpec of(String command, Processor processor) {
    return new ProcessorSpec(command, Fingerprint.of(processor), () -> processor);
  }
}
