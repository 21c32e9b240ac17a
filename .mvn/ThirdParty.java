import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.zip.ZipFile;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Element;

/**
 * Describes the libraries of the archive: {@code THIRD-PARTY.md} with their licences, {@code
 * licenses/} with the texts that the jars have, and {@code sbom.json} (CycloneDX) with their
 * hashes. The licences are those of the POMs in the local repository. A jar without a licence fails
 * the build.
 *
 * <p>Arguments: the local repository, the version, the folder to write, the folders of jars.
 */
class ThirdParty {
  private static final Pattern TEXT =
      Pattern.compile(
          "(?:META-INF/)?(?:licenses?/|resources/webjars/[^/]+/[^/]+/)?[^/]*(?:LICEN[CS]E|NOTICE|COPYING)[^/]*(?<!\\.class)",
          Pattern.CASE_INSENSITIVE);

  private record Licence(String name, String url) {}

  private record Library(
      String file,
      String group,
      String artifact,
      String version,
      String hash,
      List<Licence> licences) {}

  private final Path repository;
  private final Map<String, Path> folders = new HashMap<>(); // by the name of a jar

  private ThirdParty(Path repository) throws IOException {
    this.repository = repository;
    try (var files = Files.walk(repository)) {
      for (var jar : files.filter(file -> file.toString().endsWith(".jar")).toList()) {
        folders.put(jar.getFileName().toString(), jar.getParent());
      }
    }
  }

  public static void main(String[] args) throws Exception {
    var out = Path.of(args[2]);
    Files.createDirectories(out.resolve("licenses"));
    var all = new ThirdParty(Path.of(args[0]));
    var libraries = new TreeMap<String, Library>();
    for (var i = 3; i < args.length; i++) {
      try (var jars = Files.newDirectoryStream(Path.of(args[i]), "*.jar")) {
        for (var jar : jars) {
          var name = jar.getFileName().toString();
          if (!name.startsWith("lhttp-")) {
            libraries.put(name, all.library(jar));
            copyTexts(jar, out.resolve("licenses").resolve(name.replaceFirst("\\.jar$", "")));
          }
        }
      }
    }
    // The text of GPLv2 with the classpath exception, which the compiler of scripts has as the JDK
    // has.
    var gpl = Path.of(System.getProperty("java.home"), "legal", "java.base", "LICENSE");
    if (Files.exists(gpl)) {
      Files.write(out.resolve("licenses/GPLv2-with-classpath-exception"), Files.readAllBytes(gpl));
    }
    Files.writeString(out.resolve("THIRD-PARTY.md"), table(libraries.values()));
    Files.writeString(out.resolve("sbom.json"), sbom(args[1], libraries.values()));
  }

  private Library library(Path jar) throws Exception {
    var name = jar.getFileName().toString();
    var version = folders.get(name);
    if (version == null) {
      throw new IllegalStateException(name + ": the local repository has no such jar");
    }
    var artifact = version.getParent();
    var group =
        repository.relativize(artifact.getParent()).toString().replace('/', '.').replace('\\', '.');
    var pom = version.resolve(artifact.getFileName() + "-" + version.getFileName() + ".pom");
    var licences = licences(Files.exists(pom) ? Files.readAllBytes(pom) : pomOf(jar));
    if (licences.isEmpty()) {
      throw new IllegalStateException(name + ": its POM and the POM's parents name no licence");
    }
    var hash = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(jar));
    return new Library(
        name,
        group,
        artifact.getFileName().toString(),
        version.getFileName().toString(),
        HexFormat.of().formatHex(hash),
        licences);
  }

  /** Returns the POM in a jar; Maven does not fetch that of a library without dependencies. */
  private static byte[] pomOf(Path jar) throws IOException {
    try (var zip = new ZipFile(jar.toFile())) {
      var pom =
          zip.stream()
              .filter(entry -> entry.getName().matches("META-INF/maven/[^/]+/[^/]+/pom\\.xml"))
              .findFirst()
              .orElseThrow(() -> new IllegalStateException(jar + ": it has no POM"));
      try (var in = zip.getInputStream(pom)) {
        return in.readAllBytes();
      }
    }
  }

  /** Reads the licences of a POM, or else of its parent. */
  private List<Licence> licences(byte[] pom) throws Exception {
    var project =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(new ByteArrayInputStream(pom))
            .getDocumentElement();
    var found = new ArrayList<Licence>();
    var nodes = project.getElementsByTagName("license");
    for (var i = 0; i < nodes.getLength(); i++) {
      var licence = (Element) nodes.item(i);
      found.add(new Licence(text(licence, "name"), text(licence, "url")));
    }
    var parents = project.getElementsByTagName("parent");
    if (!found.isEmpty() || parents.getLength() == 0) {
      return found;
    }
    var parent = (Element) parents.item(0);
    var name = text(parent, "artifactId");
    var version = text(parent, "version");
    var next =
        repository
            .resolve(text(parent, "groupId").replace('.', '/'))
            .resolve(name)
            .resolve(version)
            .resolve(name + "-" + version + ".pom");
    return Files.exists(next) ? licences(Files.readAllBytes(next)) : found;
  }

  private static String text(Element element, String child) {
    var nodes = element.getElementsByTagName(child);
    return nodes.getLength() == 0
        ? ""
        : nodes.item(0).getTextContent().strip().replaceAll("\\s+", " ");
  }

  private static void copyTexts(Path jar, Path folder) throws IOException {
    try (var zip = new ZipFile(jar.toFile())) {
      for (var entry : zip.stream().filter(e -> !e.isDirectory()).toList()) {
        if (TEXT.matcher(entry.getName()).matches()) {
          Files.createDirectories(folder);
          try (var in = zip.getInputStream(entry)) {
            Files.write(folder.resolve(Path.of(entry.getName()).getFileName()), in.readAllBytes());
          }
        }
      }
    }
  }

  private static String table(Iterable<Library> libraries) {
    var table =
        new StringBuilder(
            """
            # Third-party libraries

            This archive has these libraries beside LHTTP, which is under the Apache License 2.0. The folder `licenses` has the texts and
            notices that they bring. The folder `compiler` is optional: without it scripts are interpreted.

            | file | library | licence |
            | --- | --- | --- |
            """);
    for (var library : libraries) {
      var licences =
          library.licences().stream()
              .map(l -> l.url().isEmpty() ? l.name() : "[" + l.name() + "](" + l.url() + ")")
              .collect(Collectors.joining("; "));
      table.append(
          "| `%s` | `%s:%s:%s` | %s |\n"
              .formatted(
                  library.file(),
                  library.group(),
                  library.artifact(),
                  library.version(),
                  licences));
    }
    return table.toString();
  }

  private static String sbom(String version, Iterable<Library> libraries) {
    var components = new ArrayList<String>();
    for (var library : libraries) {
      var licences =
          library.licences().stream()
              .map(l ->
                  l.url().isEmpty()
                      ? "{\"license\": {\"name\": %s}}".formatted(json(l.name()))
                      : "{\"license\": {\"name\": %s, \"url\": %s}}"
                          .formatted(json(l.name()), json(l.url())))
              .collect(Collectors.joining(", "));
      components.add(
          """
          {
            "type": "library",
            "bom-ref": %s,
            "group": %s,
            "name": %s,
            "version": %s,
            "hashes": [{"alg": "SHA-256", "content": "%s"}],
            "licenses": [%s],
            "purl": %s
          }\
          """
              .formatted(
                  json(library.file()),
                  json(library.group()),
                  json(library.artifact()),
                  json(library.version()),
                  library.hash(),
                  licences,
                  json(
                      "pkg:maven/%s/%s@%s"
                          .formatted(library.group(), library.artifact(), library.version()))));
    }
    return """
    {
      "bomFormat": "CycloneDX",
      "specVersion": "1.6",
      "version": 1,
      "metadata": {
        "component": {"type": "application", "bom-ref": "lhttp", "group": "io.lhttp", "name": "lhttp", "version": %s}
      },
      "components": [
    %s
      ]
    }
    """
        .formatted(json(version), String.join(",\n", components));
  }

  private static String json(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }
}
