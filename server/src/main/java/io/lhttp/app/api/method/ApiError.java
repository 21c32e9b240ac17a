package io.lhttp.app.api.method;

import io.lhttp.Outcome;
import io.lhttp.app.api.json.BadInput;
import io.lhttp.app.api.json.Field;
import java.util.Optional;

/** The reason why a request, or a command of a batch, has failed. */
public record ApiError(
    @Field("a status of HTTP") int status,
    @Field("the reason for people") String message,
    @Field("the place in the request's JSON, as a path of RFC 9535") Optional<String> path,
    @Field("the value there, perhaps shortened") Optional<String> value,
    @Field("the description of a valid value") Optional<String> expected,
    @Field("the nearest valid name") Optional<String> nearest,
    @Field("the whole seconds after which a repetition may succeed") Optional<Long> retryAfter) {

  /** Creates an error without a place. */
  public static ApiError of(int status, String message) {
    return new ApiError(
        status,
        message,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  /** Creates an error about the request's JSON. */
  public static ApiError of(BadInput bad) {
    return new ApiError(
        400,
        bad.message(),
        Optional.of(bad.path()),
        bad.value(),
        bad.expected(),
        bad.nearest(),
        Optional.empty());
  }

  static ApiError of(Outcome.Refused refused) {
    return of(refused.status(), refused.reason()).retryAfter(refused.retryAfterSeconds());
  }

  /** Returns the same error with a nearest valid name. */
  public ApiError nearest(Optional<String> name) {
    return new ApiError(status, message, path, value, expected, name, retryAfter);
  }

  /** Returns the same error with a pause before a repetition. */
  public ApiError retryAfter(Optional<Long> seconds) {
    return new ApiError(status, message, path, value, expected, nearest, seconds);
  }
}
