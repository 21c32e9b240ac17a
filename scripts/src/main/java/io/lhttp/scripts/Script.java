package io.lhttp.scripts;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lhttp.Filter;
import io.lhttp.Processor;
import io.lhttp.scripts.modules.DroppedHeaders;
import io.lhttp.scripts.modules.SourceFile;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A script and the files that it imports, with the content that was read. Immutable; all threads
 * may use it.
 */
public final class Script {
  private final ScriptHost host;
  private final SourceFile main;
  private final Map<String, SourceFile> files;
  private final String fingerprint;

  /**
   * @param files the files by name, with the script itself first
   */
  public Script(ScriptHost host, Map<String, SourceFile> files) {
    this.host = host;
    this.main = files.values().iterator().next();
    this.files = files;
    this.fingerprint = fingerprint(files.values());
  }

  /**
   * The script's path from the application's folder, with slashes: {@code filters/no-shouting.js}.
   */
  public String name() {
    return main.name();
  }

  /** The names of all files that were read for this script, including its own. */
  public Set<String> files() {
    return files.keySet();
  }

  /** A hash of the contents of the script and of all files that it may import. */
  public String fingerprint() {
    return fingerprint;
  }

  /**
   * Creates a filter. The script is loaded on every script thread and, if the host is configured
   * so, warmed up. Closing it frees its contexts.
   *
   * @param options the value of {@code ctx.options}: strings, numbers, booleans, lists and maps
   * @throws ScriptException if the script can't be loaded, or exports none of the functions of
   *     which a filter needs one
   */
  public Filter filter(String name, Map<String, Object> options) {
    return new ScriptFilter(ScriptInstance.load(host, this, name, Role.FILTER, options));
  }

  /**
   * Creates a processor, as {@link #filter} does.
   *
   * @throws ScriptException if the script can't be loaded, or does not export {@code onMessage}
   */
  public Processor processor(String command, Map<String, Object> options) {
    return new ScriptProcessor(ScriptInstance.load(host, this, command, Role.PROCESSOR, options));
  }

  /**
   * Warns of probable mistakes: calls that seem to drop the headers {@code publish} and {@code
   * subscribe} by accident.
   */
  public List<ScriptException> advice() {
    return files.values().stream().flatMap(file -> DroppedHeaders.in(file).stream()).toList();
  }

  public SourceFile main() {
    return main;
  }

  public Map<String, SourceFile> sources() {
    return files;
  }

  private static String fingerprint(Collection<SourceFile> files) {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
    for (var file : files) {
      add(digest, file.name());
      add(digest, file.text());
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static void add(MessageDigest digest, String part) {
    var bytes = part.getBytes(UTF_8);
    digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).flip());
    digest.update(bytes);
  }
}
