package io.lhttp.app.code;

import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.constantpool.Utf8Entry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * Classes that refer to each other, directly or through others, and to no other class of the
 * folder. A reload keeps or replaces them as a whole, because a class that is replaced alone would
 * have another type than its neighbours expect.
 *
 * @param classes class files by class name
 * @param resources the files beside the sources
 * @param fingerprint a hash of the classes and all jars, and of the resources if the classes may
 *     read them; the numbers of lines count only for a debugger
 */
record ClassGroup(Map<String, byte[]> classes, ResourceFiles resources, String fingerprint) {
  /** Reads and writes class files, and leaves out debug information such as line numbers. */
  private static final ClassFile BARE =
      ClassFile.of(
          ClassFile.DebugElementsOption.DROP_DEBUG,
          ClassFile.LineNumbersOption.DROP_LINE_NUMBERS,
          ClassFile.ConstantPoolSharingOption.NEW_POOL);

  /** Names in a constant pool that show that the class may read resources. */
  private static final Set<String> READERS =
      Set.of(
          "getResource",
          "getResourceAsStream",
          "getResources",
          "resources",
          "java/util/ServiceLoader",
          "java/util/ResourceBundle");

  /** A name in a constant pool: of a class, in a descriptor or signature, or in a string. */
  private static final Pattern NAME = Pattern.compile("[\\p{javaJavaIdentifierPart}/.]+");

  /**
   * Classes that refer to each other, before their fingerprint is known.
   *
   * @param bare the same classes without debug information
   * @param readsResources whether one of the classes may read resources, itself or through a class
   *     of a jar
   */
  record Members(
      Map<String, byte[]> classes, SortedMap<String, byte[]> bare, boolean readsResources) {}

  /**
   * Groups classes: each group has those that refer to each other, directly or through others. A
   * class into which the compiler copied a constant of another one does not refer to that one.
   *
   * @param jarClasses the classes of the jars
   * @param providers classes that a file of {@code META-INF/services} names; all readers of
   *     resources may use them
   */
  static List<Members> groups(
      Map<String, byte[]> classes, Set<String> jarClasses, List<String> providers) {
    var leaders = new HashMap<String, String>();
    classes.keySet().forEach(name -> leaders.put(name, name));
    var readers = new HashSet<String>();
    var bare = withoutDebug(classes);
    bare.forEach((name, bytes) -> {
      for (var entry : ClassFile.of().parse(bytes).constantPool()) {
        if (entry instanceof Utf8Entry text) {
          var names = join(name, text.stringValue(), leaders, jarClasses);
          if (names || READERS.contains(text.stringValue())) {
            readers.add(name);
          }
        }
      }
    });
    providers.stream()
        .filter(leaders::containsKey)
        .forEach(provider ->
            readers.forEach(
                reader -> leaders.put(leader(reader, leaders), leader(provider, leaders))));
    var groups = new TreeMap<String, Map<String, byte[]>>();
    classes.forEach((name, bytes) ->
        groups.computeIfAbsent(leader(name, leaders), _ -> new TreeMap<>()).put(name, bytes));
    copyPackages(groups, classes, jarClasses);
    return groups.values().stream()
        .map(group ->
            new Members(
                group,
                only(group.keySet(), bare),
                group.keySet().stream().anyMatch(readers::contains)))
        .toList();
  }

  /**
   * Adds the annotations of packages to each group with classes of the package: the JVM looks for
   * them with the class loader of the class that asks. Leaves out annotations that a jar has, too,
   * because the loader of the jars has them.
   */
  private static void copyPackages(
      Map<String, Map<String, byte[]>> groups,
      Map<String, byte[]> classes,
      Set<String> jarClasses) {
    for (var group : groups.values()) {
      for (var name : List.copyOf(group.keySet())) {
        var info = name.substring(0, name.lastIndexOf('.') + 1) + "package-info";
        var bytes = classes.get(info);
        if (bytes != null && !jarClasses.contains(info)) {
          group.put(info, bytes);
        }
      }
    }
  }

  private static SortedMap<String, byte[]> only(Set<String> names, Map<String, byte[]> classes) {
    var only = new TreeMap<String, byte[]>();
    names.forEach(name -> only.put(name, Objects.requireNonNull(classes.get(name))));
    return only;
  }

  /**
   * @param jars the fingerprint of the jars, which all classes may use
   * @param lines whether a class counts as changed if only the numbers of its lines have changed: a
   *     debugger sets its breakpoints by these
   */
  static ClassGroup of(Members members, ResourceFiles resources, String jars, boolean lines) {
    var files = members.readsResources() ? resources : ResourceFiles.NONE;
    return new ClassGroup(
        members.classes(),
        resources,
        Hash.of(jars + files.fingerprint(), lines ? members.classes() : members.bare()));
  }

  /**
   * Returns the classes without line numbers, which even a changed comment changes, and without
   * unused entries of their constant pools.
   */
  static SortedMap<String, byte[]> withoutDebug(Map<String, byte[]> classes) {
    var bare = new TreeMap<String, byte[]>();
    classes.forEach((name, bytes) -> bare.put(name, withoutDebug(bytes)));
    return bare;
  }

  static byte[] withoutDebug(byte[] bytes) {
    return BARE.transformClass(BARE.parse(bytes), ClassTransform.ACCEPT_ALL);
  }

  /** The values of the fields of a class that the compiler puts into other classes, by name. */
  static Map<String, Object> constants(byte[] bytes) {
    var constants = new HashMap<String, Object>();
    for (var field : ClassFile.of().parse(bytes).fields()) {
      field
          .findAttribute(Attributes.constantValue())
          .ifPresent(value ->
              constants.put(field.fieldName().stringValue(), value.constant().constantValue()));
    }
    return constants;
  }

  /**
   * Puts a class into one group with the classes that a text of its constant pool names; returns
   * whether the text names a class of a jar.
   */
  private static boolean join(
      String name, String text, Map<String, String> leaders, Set<String> jarClasses) {
    var namesJar = false;
    var names = NAME.matcher(text);
    while (names.find()) {
      for (var candidate : candidates(names.group())) {
        if (leaders.containsKey(candidate)) {
          leaders.put(leader(candidate, leaders), leader(name, leaders));
        }
        namesJar |= jarClasses.contains(candidate);
      }
    }
    return namesJar;
  }

  /**
   * Returns the names of classes that a text of a constant pool may contain. In a descriptor, the
   * letter L stands before a name.
   */
  private static List<String> candidates(String word) {
    var name = word.replace('/', '.');
    var candidates = new ArrayList<String>();
    candidates.add(name);
    for (var i = name.indexOf('L'); i >= 0; i = name.indexOf('L', i + 1)) {
      candidates.add(name.substring(i + 1));
    }
    return candidates;
  }

  private static String leader(String name, Map<String, String> leaders) {
    var at = name;
    for (var next = leaders.get(at); next != null && !next.equals(at); next = leaders.get(at)) {
      at = next;
    }
    return at;
  }
}
