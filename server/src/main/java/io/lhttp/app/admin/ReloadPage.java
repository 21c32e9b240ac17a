package io.lhttp.app.admin;

import io.lhttp.app.config.Problem;
import io.lhttp.app.reload.ReloadResult;
import io.lhttp.internal.text.Json;
import io.lhttp.internal.text.JsonObject;
import java.time.Duration;
import java.util.List;

/** Formats the answer to {@code POST /reload}. */
final class ReloadPage {
  private static final int UNPROCESSABLE = 422;
  private static final int CONFLICT = 409;

  private ReloadPage() {}

  /**
   * Returns the HTTP status: 200, 422 if the folder has errors, or 409 while another reload runs.
   */
  static int status(ReloadResult result) {
    return switch (result) {
      case ReloadResult.Refused _ -> UNPROCESSABLE;
      case ReloadResult.Busy _ -> CONFLICT;
      default -> 200;
    };
  }

  static String json(ReloadResult result) {
    return Json.page(to -> {
      to.text("result", name(result))
          .number("generation", result.generation())
          .number("milliseconds", result.took().toMillis());
      switch (result) {
        case ReloadResult.Swapped swapped -> {
          changes(to, swapped.changes(), swapped.restart());
          if (!swapped.probation().isZero()) {
            to.object("probation", probation -> probation(probation, swapped.probation()));
          }
        }
        case ReloadResult.Busy busy -> to.text("since", busy.since().toString());
        case ReloadResult.Unchanged same -> changes(to, same.changes(), same.restart());
        case ReloadResult.Refused refused ->
            to.texts("problems", refused.problems().stream().map(Problem::toString).toList());
      }
    });
  }

  private static void probation(JsonObject to, Duration length) {
    to.number("seconds", length.toSeconds())
        .text("outcome", "GET /chain says it under probation, and the log");
  }

  private static void changes(JsonObject to, List<String> changes, List<String> restart) {
    to.texts("changes", changes).texts("restartNeededFor", restart);
  }

  private static String name(ReloadResult result) {
    return switch (result) {
      case ReloadResult.Swapped _ -> "swapped";
      case ReloadResult.Unchanged same -> same.changes().isEmpty() ? "unchanged" : "applied";
      case ReloadResult.Refused _ -> "refused";
      case ReloadResult.Busy _ -> "busy";
    };
  }
}
