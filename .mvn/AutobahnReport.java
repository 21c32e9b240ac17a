import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * Reads Autobahn's report and fails unless it has all of its cases and none of them failed. With
 * case numbers that it does not know, Autobahn reports whatever was there before as a success.
 */
class AutobahnReport {
  private static final int CASES = 301;
  private static final Set<String> PASSED = Set.of("OK", "NON-STRICT", "INFORMATIONAL");
  private static final Pattern CASE =
      Pattern.compile(
          "\"(\\d+(?:\\.\\d+)+)\"\\s*:\\s*\\{[^{}]*?\"behavior\"\\s*:\\s*\"([^\"]+)\"[^{}]*?"
              + "\"behaviorClose\"\\s*:\\s*\"([^\"]+)\"");

  public static void main(String[] args) throws Exception {
    var counts = new TreeMap<String, Integer>();
    var failed = new TreeMap<String, String>();
    CASE.matcher(Files.readString(Path.of(args[0]))).results().forEach(c -> {
      counts.merge(c.group(2), 1, Integer::sum);
      if (!PASSED.contains(c.group(2)) || !PASSED.contains(c.group(3))) {
        failed.put(c.group(1), c.group(2) + ", close " + c.group(3));
      }
    });
    var cases = counts.values().stream().mapToInt(Integer::intValue).sum();
    System.out.println("Autobahn: " + cases + " cases " + counts);
    failed.forEach((name, how) -> System.err.println("Autobahn: case " + name + ": " + how));
    if (cases != CASES) {
      System.err.println("Autobahn: " + CASES + " cases are to be run");
    }
    System.exit(cases == CASES && failed.isEmpty() ? 0 : 1);
  }
}
