package io.lhttp.app.cli.client;

import io.lhttp.app.api.ApiHandler;
import io.lhttp.app.api.json.BadInput;
import io.lhttp.app.api.json.Choices;
import io.lhttp.app.api.json.Field;
import io.lhttp.app.api.json.RawJson;
import io.lhttp.app.api.json.Records;
import io.lhttp.app.api.method.Method;
import io.lhttp.app.assembly.ApplicationLoader;
import io.lhttp.app.cli.Output;
import io.lhttp.app.config.ConfigurationException;
import io.lhttp.app.config.SecretMask;
import io.lhttp.app.logging.Printable;
import io.lhttp.app.run.Failure;
import io.lhttp.app.run.SlowSteps;
import io.lhttp.app.settings.ApiAccess;
import io.lhttp.internal.text.Json;
import io.lhttp.internal.text.Nearest;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "api",
    description = {
      "Call a method of the server API, and print its answer as JSON.",
      "It exits with 1 if the server refuses, or if a server did not answer."
    })
public final class ApiCommand implements Callable<Integer> {
  /** The longest time of a call; a batch may take half a minute. */
  private static final Duration LONGEST = Duration.ofMinutes(1);

  private static final int SHOWN = 500;

  /** The beginnings of the expectations that a text can't meet. */
  private static final Pattern NO_TEXTS =
      Pattern.compile("a whole number|true or false|a list|an object");

  private final Output output;

  @Spec private @Nullable CommandSpec spec;

  @Parameters(
      index = "0",
      paramLabel = "METHOD",
      completionCandidates = Words.class,
      description = "The method, such as publish, presence or disconnect.")
  private String method = "";

  @Parameters(
      index = "1..*",
      arity = "0..*",
      paramLabel = "FIELD",
      description = {
        "The method's fields: NAME=TEXT, or NAME:=JSON for other values:",
        "channel=kitchen text='soup is ready', user=mia channels:='[\"kitchen\"]'"
      })
  private List<String> fields = new ArrayList<>();

  @Option(
      names = "--url",
      paramLabel = "URL",
      description =
          "The server. Default: the listener of the API in DIR's lhttp.yaml, else its admin"
              + " listener.")
  private @Nullable String server;

  @Option(
      names = "--key",
      paramLabel = "KEY",
      description =
          "The key's secret. Default: the variable LHTTP_API_KEY, else a key in DIR's lhttp.yaml"
              + " that may call the method.",
      defaultValue = "${env:LHTTP_API_KEY:-}")
  private String key = "";

  @Option(
      names = "--app",
      paramLabel = "DIR",
      description = "The application's folder, with lhttp.yaml in it. Default: this folder",
      defaultValue = ".")
  private Path folder = Path.of("");

  @Mixin private TlsOptions tls = new TlsOptions();

  /** The names of the methods, for the shell. */
  static final class Words implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Method.words().iterator();
    }
  }

  /** A JSON text that was typed. */
  record Typed(@Field("a value") RawJson value) {}

  public ApiCommand(Output output) {
    this.output = output;
  }

  @Override
  public Integer call() throws Exception {
    var called =
        Method.of(method)
            .orElseThrow(() ->
                usage(
                    "unknown method '%s'%s"
                        .formatted(
                            SecretMask.word(method, Method.words()),
                            Nearest.hint(method, Method.words()))));
    var body = body();
    var access = access();
    var address = address(access).resolve(ApiHandler.ROOT + called.word());
    var request =
        HttpRequest.newBuilder(address)
            .timeout(LONGEST)
            .header("authorization", "Bearer " + key(access, called))
            .header("content-type", "application/json")
            .POST(BodyPublishers.ofString(body));
    return print(send(request, address));
  }

  private HttpResponse<String> send(HttpRequest.Builder request, URI address)
      throws Failure, InterruptedException {
    var client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1);
    tls.settings().accept(client);
    try (var steps = SlowSteps.atTerminal(output.err());
        var http = client.build()) {
      steps.begin("calling " + address);
      return http.send(request.build(), BodyHandlers.ofString());
    } catch (IOException e) {
      throw new Failure("can't call " + address + ": " + NetworkFailure.reason(e), e);
    }
  }

  /** Prints an answer. Returns the exit code. */
  private int print(HttpResponse<String> answer) throws Failure {
    var error = answer.statusCode() == 200 ? Optional.of("") : reason(answer);
    if (error.isEmpty()
        || !answer.headers().firstValue("content-type").orElse("").equals("application/json")) {
      throw new Failure(
          "no answer of a server API: HTTP %d%s"
              .formatted(answer.statusCode(), NetworkFailure.lines(answer.body())));
    }
    output.out().println(answer.body().strip());
    if (answer.statusCode() == 200) {
      return 0;
    }
    var line = "lhttp: %d %s".formatted(answer.statusCode(), error.get());
    output.err().println(Printable.of(line, SHOWN));
    return 1;
  }

  /**
   * Returns the reason of an error, with a hint if a text was given for another value; empty if the
   * body has none.
   */
  private Optional<String> reason(HttpResponse<String> answer) {
    if (!(json(answer.body()) instanceof Map<?, ?> body)
        || !(body.get("error") instanceof Map<?, ?> error)) {
      return Optional.empty();
    }
    var message = String.valueOf(error.get("message"));
    var path = String.valueOf(error.get("path"));
    var expected = String.valueOf(error.get("expected"));
    return fields.stream()
        .map(field -> field.split("=", 2)[0])
        .filter(name -> path.equals("$." + name))
        .filter(name -> error.containsKey("value") && NO_TEXTS.matcher(expected).lookingAt())
        .findFirst()
        .map(name ->
            "%s: %s; values other than texts are written %s:=JSON".formatted(name, message, name))
        .or(() -> Optional.of(error.containsKey("path") ? path + ": " + message : message));
  }

  private static @Nullable Object json(String body) {
    try {
      return new RawJson(body).value();
    } catch (IllegalArgumentException _) {
      return null;
    }
  }

  /** Returns the fields as a JSON object. */
  private String body() {
    var body = new LinkedHashMap<String, String>();
    for (var field : fields) {
      var equals = field.indexOf('=');
      var json = equals > 0 && field.charAt(equals - 1) == ':';
      var name = field.substring(0, Math.max(0, json ? equals - 1 : equals));
      if (name.isEmpty()) {
        throw usage("'%s': expected NAME=TEXT, or NAME:=JSON".formatted(SecretMask.word(field)));
      }
      var value = field.substring(equals + 1);
      if (body.putIfAbsent(name, json ? checked(name, value) : Json.value(value)) != null) {
        throw usage("the field '%s' came twice".formatted(name));
      }
    }
    return body.entrySet().stream()
        .map(field -> Json.value(field.getKey()) + ":" + field.getValue())
        .collect(Collectors.joining(",", "{", "}"));
  }

  private String checked(String name, String json) {
    try {
      return Records.read(Typed.class, "{\"value\":" + json + "\n}", Choices.NONE).value().text();
    } catch (BadInput e) {
      throw usage("%s: expected JSON behind :=".formatted(name));
    }
  }

  /** The parts of the folder's file that the call needs; empty if it needs none, or has no file. */
  private Optional<ApiAccess> access() throws ConfigurationException {
    return (server == null || key.isEmpty()) && Files.exists(folder.resolve("lhttp.yaml"))
        ? Optional.of(new ApplicationLoader(folder).apiAccess())
        : Optional.empty();
  }

  private URI address(Optional<ApiAccess> access) throws Failure, ConfigurationException {
    if (server != null) {
      return ServerAddress.of(server).http();
    }
    if (access.isEmpty()) {
      return local("127.0.0.1", 9091);
    }
    var listen = access.get().listener();
    return local(listen.host().orElse("127.0.0.1"), listen.port());
  }

  private static URI local(String host, int port) throws Failure {
    var reachable = host.equals("0.0.0.0") || host.equals("::") ? "127.0.0.1" : host;
    return ServerAddress.of(
            "http://%s:%d"
                .formatted(reachable.contains(":") ? "[" + reachable + "]" : reachable, port))
        .http();
  }

  private String key(Optional<ApiAccess> access, Method called)
      throws Failure, ConfigurationException {
    if (!key.isEmpty()) {
      return key;
    }
    var secret = access.isPresent() ? access.get().secret(called) : Optional.<String>empty();
    return secret.orElseThrow(() ->
        new Failure(
            "a key is needed: --key KEY, the variable LHTTP_API_KEY, or api.keys in %s"
                .formatted(folder.resolve("lhttp.yaml"))));
  }

  private ParameterException usage(String message) {
    return new ParameterException(Objects.requireNonNull(spec).commandLine(), message);
  }
}
