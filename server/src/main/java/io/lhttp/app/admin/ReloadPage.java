package io.lhttp.app.admin;

import com.fasterxml.jackson.core.JsonGenerator;
import io.lhttp.app.config.Problem;
import io.lhttp.app.reload.ReloadResult;
import java.io.IOException;
import java.util.List;

/** Formats the answer to {@code POST /reload}. */
final class ReloadPage {
  private static final int UNPROCESSABLE = 422;
  private static final int CONFLICT = 409;

  private ReloadPage() {}

  /** 422 if the folder has errors, 409 while another reload runs. */
  static int status(ReloadResult result) {
    return switch (result) {
      case ReloadResult.Refused _ -> UNPROCESSABLE;
      case ReloadResult.Busy _ -> CONFLICT;
      default -> 200;
    };
  }

  static String json(ReloadResult result) {
    return Json.object(to -> {
      to.writeStringField("result", name(result));
      to.writeNumberField("generation", result.generation());
      to.writeNumberField("milliseconds", result.took().toMillis());
      switch (result) {
        case ReloadResult.Swapped swapped -> {
          changes(to, swapped.changes(), swapped.restart());
          if (!swapped.probation().isZero()) {
            to.writeObjectFieldStart("probation");
            to.writeNumberField("seconds", swapped.probation().toSeconds());
            to.writeStringField("outcome", "GET /chain says it under probation, and the log");
            to.writeEndObject();
          }
        }
        case ReloadResult.Busy busy -> to.writeStringField("since", busy.since().toString());
        case ReloadResult.Unchanged same -> changes(to, same.changes(), same.restart());
        case ReloadResult.Refused refused ->
            Json.texts(to, "problems", refused.problems().stream().map(Problem::toString).toList());
      }
    });
  }

  private static void changes(JsonGenerator to, List<String> changes, List<String> restart)
      throws IOException {
    Json.texts(to, "changes", changes);
    Json.texts(to, "restartNeededFor", restart);
  }

  private static String name(ReloadResult result) {
    return switch (result) {
      case ReloadResult.Swapped _ -> "swapped";
      case ReloadResult.Unchanged _ -> "unchanged";
      case ReloadResult.Refused _ -> "refused";
      case ReloadResult.Busy _ -> "busy";
    };
  }
}
