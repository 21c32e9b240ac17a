package io.lhttp.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.code_intelligence.jazzer.Jazzer;
import io.lhttp.message.Message;
import io.lhttp.message.MessageReader;
import io.lhttp.message.ProtocolException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Feeds the codec inputs that Jazzer derives from the codec's branches. Each result must be a
 * message that reads back unchanged, or a refusal. Another result is written to a file, with a
 * stack, and the command fails.
 */
public final class CodecFuzz {
  private static final List<String> SEEDS =
      List.of(
          "LHTTP/1.0 a\r\n\r\n",
          "LHTTP/1.0 chat\r\nsubscribe:a b\r\npublish:c\r\nid:1\r\n\r\nhello",
          "LHTTP/1.0 upload\r\n"
              + "multipart:0 19 38\r\n\r\n"
              + "content-type:a\r\n\r\n"
              + "1content-type:b\r\n\r\n"
              + "2",
          "LHTTP/1.0 a\r\nupstream:POST http://a/b\r\n content : \t x \t\r\n\r\né\0");

  private CodecFuzz() {}

  /** {@code [--seconds N]}. */
  static void main(String[] line) throws Exception {
    var args = Args.parse(List.of(line), List.of("seconds"));
    var folder = Files.createDirectories(Path.of("bench", "target", "fuzz"));
    var seeds = Files.createDirectories(folder.resolve("seeds"));
    for (var i = 0; i < SEEDS.size(); i++) {
      Files.write(seeds.resolve("seed-" + i), SEEDS.get(i).getBytes(UTF_8));
    }
    var words = new ArrayList<String>();
    words.add("--target_class=" + CodecFuzz.class.getName());
    words.add("--instrumentation_includes=io.lhttp.message.**");
    words.add(
        "--disabled_hooks=*"); // these detectors are for code that reads files or runs commands
    words.add("--reproducer_path=" + folder);
    words.add("-artifact_prefix=" + folder + "/");
    words.add("-max_total_time=" + args.seconds("seconds", 60, 86_400).toSeconds());
    words.add(seeds.toString());
    Jazzer.main(words.toArray(String[]::new));
  }

  /** Jazzer calls this method by its name. */
  public static void fuzzerTestOneInput(byte[] wire) {
    try {
      var message = MessageReader.DEFAULT.read(wire, Message.Format.BINARY);
      var again =
          MessageReader.DEFAULT.read(message.toBuilder().build().toBytes(), message.format());
      require(again.command().equals(message.command()));
      require(again.headers().equals(message.headers()));
      require(again.bodyBuffer().equals(message.bodyBuffer()));
      for (var part : message.parts()) {
        require(part.bodyBytes().length <= message.bodyLength());
      }
    } catch (ProtocolException e) {
      require(e.status() == 400 || e.status() == 413 || e.status() == 431 || e.status() == 505);
    }
  }

  private static void require(boolean holds) {
    if (!holds) {
      throw new AssertionError("a message is not read back as it was written");
    }
  }
}
