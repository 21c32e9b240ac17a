package io.lhttp.app.reload;

import io.lhttp.app.code.CauseText;
import io.lhttp.app.config.ConfigurationException;
import io.lhttp.app.config.Place;
import io.lhttp.app.config.Problem;
import io.lhttp.app.settings.Settings;
import io.lhttp.chain.ChainException;
import io.lhttp.chain.HandOverException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Describes the links of a chain that could not be built, with their places in the settings. */
public final class ChainProblems {
  private ChainProblems() {}

  /**
   * Returns a problem for each link that could not be created, or could not take over state, with
   * place and reason.
   *
   * @param settings the settings of the chain that could not be built
   */
  public static List<Problem> of(ChainException e, Settings settings) {
    return of(e, settings, _ -> "");
  }

  /**
   * @param hint returns what to add to the error of a link; empty for nothing
   */
  static List<Problem> of(
      ChainException e, Settings settings, Function<ChainException.Failure, String> hint) {
    var problems = new ArrayList<Problem>();
    for (var failure : e.failures()) {
      var more = hint.apply(failure);
      if (failure.cause() instanceof ConfigurationException wrong) {
        wrong
            .problems()
            .forEach(each -> problems.add(new Problem(each.place(), each.message() + more)));
      } else if (failure.cause() instanceof HandOverException handOver) {
        problems.add(new Problem(place(failure, settings), text(failure, handOver) + more));
      } else {
        problems.add(new Problem(place(failure, settings), text(failure) + more));
      }
    }
    return problems;
  }

  private static Place place(ChainException.Failure failure, Settings settings) {
    var place =
        failure.kind().equals("filter")
            ? settings.chain().stream()
                .filter(link -> link.name().equals(failure.name()))
                .map(Settings.Link::place)
                .findFirst()
            : Optional.ofNullable(settings.processors().get(failure.name()))
                .map(Settings.Use::place);
    return place.orElse(Place.of("chain"));
  }

  private static String text(ChainException.Failure failure, HandOverException handOver) {
    var cause = handOver.getCause();
    return "%s '%s' %s%s"
        .formatted(
            failure.kind(),
            failure.name(),
            handOver.failed(),
            cause == null ? "" : ": " + CauseText.inWords(cause));
  }

  private static String text(ChainException.Failure failure) {
    return "%s '%s' could not be made: %s"
        .formatted(failure.kind(), failure.name(), CauseText.inWords(failure.cause()));
  }
}
