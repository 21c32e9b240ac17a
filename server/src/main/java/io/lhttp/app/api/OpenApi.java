package io.lhttp.app.api;

import io.lhttp.app.api.json.Choices;
import io.lhttp.app.api.json.Schemas;
import io.lhttp.app.api.json.Written;
import io.lhttp.app.api.method.ApiError;
import io.lhttp.app.api.method.Method;
import io.lhttp.control.AuditLog;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Describes the server API in OpenAPI 3.1, from the records of its methods. */
public final class OpenApi {
  private static final String JSON = "application/json";
  private static final String ERROR = "#/components/schemas/error";

  /** The statuses of errors that each method may have, with their descriptions. */
  private static final Map<String, String> ERRORS =
      ordered(
          "400", "the body is malformed, or a field is wrong",
          "401", "the key is missing or not valid",
          "403", "the key may not call the method, or a page has sent the request",
          "404", "there is no such method",
          "405", "the method is called by POST",
          "409", "the channel has no history",
          "413", "the body has more than 1 MiB",
          "415", "the body is no application/json",
          "429", "too many requests are under way",
          "500", "the server has failed",
          "501", "this broker can't do it",
          "503",
              "the broker is out of reach, or some servers did not answer; the body then has the"
                  + " answer of the others beside the error");

  private static final String TEXT = text();

  private OpenApi() {}

  /** The description as JSON. */
  public static String json() {
    return TEXT;
  }

  private static String text() {
    var root = new LinkedHashMap<String, Object>();
    root.put("openapi", "3.1.0");
    root.put(
        "info",
        object(
            "title", "LHTTP server API",
            "version", "1",
            "description", "Acts on connections, users and channels of all servers.",
            "license", object("name", "Apache 2.0", "identifier", "Apache-2.0")));
    root.put("servers", List.of(object("url", "/")));
    root.put("security", List.of(object("bearer", List.of()), object("key", List.of())));
    root.put("paths", paths());
    root.put(
        "components",
        object(
            "securitySchemes",
            object(
                "bearer", object("type", "http", "scheme", "bearer"),
                "key", object("type", "apiKey", "in", "header", "name", "x-api-key")),
            "schemas",
            object("error", error())));
    return Written.json(root) + "\n";
  }

  private static Map<String, Object> paths() {
    var paths = new LinkedHashMap<String, Object>();
    for (var method : Method.values()) {
      var path = new LinkedHashMap<String, Object>();
      path.put("post", post(method));
      if (method == Method.AUDIT) {
        path.put("get", audit());
      }
      paths.put(ApiHandler.ROOT + method.word(), path);
    }
    paths.put(
        ApiHandler.ROOT + "openapi.json",
        object(
            "get",
            object(
                "operationId",
                "openapi",
                "summary",
                "This description.",
                "responses",
                responses(object("type", "object", "required", List.of("openapi"))))));
    return paths;
  }

  private static Map<String, Object> post(Method method) {
    return object(
        "operationId",
        method.word(),
        "summary",
        method.summary(),
        "requestBody",
        object(
            "required",
            true,
            "content",
            json(new Schemas(Method.choices(), false).of(method.command()))),
        "responses",
        responses(new Schemas(Choices.NONE, true).of(method.answer())));
  }

  private static Map<String, Object> audit() {
    return object(
        "operationId",
        "audit-get",
        "summary",
        Method.AUDIT.summary(),
        "parameters",
        List.of(
            object(
                "name",
                "last",
                "in",
                "query",
                "description",
                "the most events; by default 100",
                "schema",
                object("type", "integer", "minimum", 1, "maximum", AuditLog.CAPACITY))),
        "responses",
        responses(new Schemas(Choices.NONE, true).of(Method.AUDIT.answer())));
  }

  private static Map<String, Object> responses(Map<String, Object> answer) {
    var responses = new LinkedHashMap<String, Object>();
    responses.put("200", object("description", "the answer", "content", json(answer)));
    ERRORS.forEach((status, description) ->
        responses.put(
            status, object("description", description, "content", json(object("$ref", ERROR)))));
    return responses;
  }

  private static Map<String, Object> error() {
    return object(
        "type",
        "object",
        "required",
        List.of("error"),
        "properties",
        object("error", new Schemas(Choices.NONE, true).of(ApiError.class)));
  }

  private static Map<String, Object> json(Map<String, Object> schema) {
    return object(JSON, object("schema", schema));
  }

  /** Returns a map of names, each with the value after it. */
  private static Map<String, Object> object(Object... members) {
    var map = new LinkedHashMap<String, Object>();
    for (var i = 0; i < members.length; i += 2) {
      map.put(String.valueOf(members[i]), members[i + 1]);
    }
    return map;
  }

  private static Map<String, String> ordered(String... members) {
    var map = new LinkedHashMap<String, String>();
    for (var i = 0; i < members.length; i += 2) {
      map.put(members[i], members[i + 1]);
    }
    return map;
  }
}
