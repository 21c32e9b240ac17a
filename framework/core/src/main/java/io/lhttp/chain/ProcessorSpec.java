package io.lhttp.chain;

import io.lhttp.Processor;
import java.util.concurrent.Callable;

/**
 * A processor that a generation is to have.
 *
 * @param command unique in its chain
 * @param fingerprint as {@link FilterSpec#fingerprint}
 * @param make makes the instance; what it throws is the reason why the generation is refused
 */
public record ProcessorSpec(
    String command, String fingerprint, Callable<? extends Processor> make) {

  /** An instance that is there already and is its own fingerprint. */
  public static ProcessorSpec of(String command, Processor processor) {
    return new ProcessorSpec(command, Fingerprint.of(processor), () -> processor);
  }
}
