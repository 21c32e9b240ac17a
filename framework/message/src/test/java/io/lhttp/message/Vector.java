package io.lhttp.message;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A case of the protocol's test vectors: a text message, and either its command, headers and body,
 * or its parts, or the status of its refusal.
 */
record Vector(
    String name,
    String wire,
    @Nullable String command,
    @Nullable List<List<String>> headers,
    @Nullable String body,
    @Nullable List<PartVector> parts,
    @Nullable Integer status) {
  record PartVector(List<List<String>> headers, String body) {}

  static List<Vector> messages() {
    return load("messages.json");
  }

  static List<Vector> multipart() {
    return load("multipart.json");
  }

  static List<byte[]> wires() {
    return Stream.concat(messages().stream(), multipart().stream()).map(Vector::bytes).toList();
  }

  byte[] bytes() {
    return wire.getBytes(UTF_8);
  }

  @Override
  public String toString() {
    return name;
  }

  private static List<Vector> load(String file) {
    try (var json = Vector.class.getResourceAsStream("/vectors/" + file)) {
      return List.of(
          new JsonMapper().readValue(Objects.requireNonNull(json, file), Vector[].class));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
