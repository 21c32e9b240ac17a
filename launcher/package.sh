# shellcheck shell=sh disable=SC2154
# Makes an archive and npm packages that need no JDK, because they have a Java runtime. ../lhttp includes this file.

packages=$home/target/package

# The runtime has every module that a program may use, so that applications compile and run as on a JDK. Compiled scripts
# need jdk.internal.vm.ci and jdk.graal.compiler, dev --debug needs jdk.jdwp.agent, and jdk.jcmd has the JDK's diagnostics.
modules=java.se,jdk.compiler,jdk.internal.vm.ci,jdk.graal.compiler,jdk.jdwp.agent,jdk.jcmd,jdk.attach,jdk.charsets,jdk.crypto.cryptoki
modules=$modules,jdk.crypto.ec,jdk.dynalink,jdk.httpserver,jdk.jfr,jdk.localedata,jdk.management,jdk.management.agent
modules=$modules,jdk.management.jfr,jdk.naming.dns,jdk.net,jdk.nio.mapmode,jdk.sctp,jdk.security.auth,jdk.security.jgss
modules=$modules,jdk.unsupported,jdk.xml.dom,jdk.zipfs

# run_package ARGUMENT…: runs ./lhttp package.
run_package() {
  case "$*" in
    '' | --try) ;;
    --help | -h)
      package_usage
      return
      ;;
    *)
      echo "lhttp package: it takes no argument or --try, and not '$*'; see ./lhttp package --help" >&2
      exit 2
      ;;
  esac
  if [ "${1-}" = --try ]; then command -v npm >/dev/null || fail "package --try needs npm, with Node 20 or newer"; fi
  find_platform
  [ -x "$jdk/bin/jlink" ] || fail "the JDK in $jdk has no jlink: point JAVA_HOME at a whole JDK $needed, such as one from https://adoptium.net"
  find_unwritable
  [ -z "$unwritable" ] || fail "nothing can be packaged, as $(user) may not write in $unwritable"
  version=$(sed -n 's/^  <version>\(.*\)<\/version>$/\1/p' "$home/pom.xml" | head -n 1)
  in_turn make_packages
  if [ "${1-}" = --try ]; then
    . "$home/launcher/try.sh"
    try_packages
  fi
  echo "$archive: $(size "$archive"), $unpacked unpacked"
  echo "$npm_platform: $(size "$npm_platform"), for npm"
  echo "$npm_main: $(size "$npm_main"), for npm, brings the one before"
}

package_usage() {
  cat <<END
Usage: lhttp package [--try]
Make an archive and npm packages that run without a JDK, for this platform, in target/package.
      --try   Also start them where no Java is, and run the archive's tests; needs npm.
END
}

# Sets platform to the platform of the JDK, as npm names it: the runtime is made of that JDK.
find_platform() {
  case $(property OS_NAME) in
    Linux) platform=linux ;;
    Darwin) platform=darwin ;;
    *) fail "there are packages for Linux and macOS, and the JDK in $jdk is for '$(property OS_NAME)'" ;;
  esac
  case $(property OS_ARCH) in
    x86_64 | amd64) platform=$platform-x64 ;;
    aarch64 | arm64) platform=$platform-arm64 ;;
    *) fail "there are packages for x64 and arm64, and the JDK in $jdk is for '$(property OS_ARCH)'" ;;
  esac
  [ "$(property LIBC)" != musl ] || fail "there are packages for glibc, and the JDK in $jdk is for musl"
}

# property KEY: prints a value of the file release of the JDK.
property() {
  while IFS='=' read -r key value; do
    if [ "$key" = "$1" ]; then
      value=${value#\"}
      echo "${value%\"}"
    fi
  done <"$jdk/release"
}

name_packages() {
  name=lhttp-$version-$platform
  archive=$packages/$name.tar.gz
  npm_platform=$packages/lhttp-server-$platform-$version.tgz
  npm_main=$packages/lhttp-server-$version.tgz
}

make_packages() {
  build -Pdistribution
  name_packages
  stage=$packages/stage
  rm -rf "$packages"
  mkdir -p "$stage"
  echo "lhttp: packing $archive" >&2
  if ! attend make_archive >>"$log" 2>&1; then fail "the archive could not be packed; the reason is in $log"; fi
  unpacked=$(size "$stage/$name")
  echo "lhttp: packing $npm_platform" >&2
  if ! attend make_npm >>"$log" 2>&1; then fail "the npm packages could not be packed; the reason is in $log"; fi
  rm -rf "$stage"
}

make_archive() {
  tar -xzf "$target/lhttp-$version.tar.gz" -C "$stage" &&
    mv "$stage/lhttp-$version" "$stage/$name" &&
    link_runtime "$stage/$name/runtime" &&
    describe_runtime "$stage/$name" &&
    pack "$archive" "$stage" "$name"
}

# link_runtime FOLDER: makes the runtime, with an archive of the JDK's classes for the options of jvm.sh. It starts
# servers faster that have no cache of their own.
link_runtime() {
  "$jdk/bin/jlink" --add-modules "$modules" --no-header-files --no-man-pages --compress zip-6 --output "$1" &&
    "$1/bin/java" -XX:+UseCompactObjectHeaders -Xshare:dump -Xlog:disable -Xlog:all=error:stderr &&
    # jlink leaves out the JDK's origin, by which scanners know it.
    awk -F= '$1 != "MODULES" && $1 != "JAVA_VERSION" && $1 != "IMAGE_TYPE"' "$jdk/release" >>"$1/release"
}

# describe_runtime FOLDER: adds the runtime to the archive's list of licences and to its SBOM.
describe_runtime() {
  number=$(property JAVA_RUNTIME_VERSION)
  maker=$(property IMPLEMENTOR)
  origin=$(property SOURCE_REPO)
  cat >>"$1/THIRD-PARTY.md" <<END

## The Java runtime

The folder \`runtime\` is a part of OpenJDK ${number:=$(property JAVA_VERSION)} by ${maker:=an unknown maker}, under the GNU General Public License, version 2, with the
Classpath Exception. The folder \`runtime/legal\` has the licence, and the notices of the libraries in OpenJDK.${origin:+ Its sources are at <$origin>.}
END
  awk -v number="$number" -v maker="$maker" -v origin="$origin" '
    function quoted(text) { gsub(/["\\]/, "", text); return "\"" text "\"" }
    function encoded(text) { gsub(/\+/, "%2B", text); return text }
    { print }
    /^ *"components": \[$/ {
      print "{"
      print "  \"type\": \"platform\","
      print "  \"bom-ref\": \"runtime\","
      print "  \"supplier\": {\"name\": " quoted(maker) "},"
      print "  \"name\": \"openjdk\","
      print "  \"version\": " quoted(number) ","
      print "  \"licenses\": [{\"expression\": \"GPL-2.0-only WITH Classpath-exception-2.0\"}],"
      if (origin) print "  \"externalReferences\": [{\"type\": \"vcs\", \"url\": " quoted(origin) "}],"
      print "  \"purl\": " quoted("pkg:generic/openjdk@" encoded(number))
      print "},"
    }
  ' "$1/sbom.json" >"$1/sbom.new" && mv "$1/sbom.new" "$1/sbom.json"
}

# Makes the package of this platform, which is the archive without pages and examples, and the package that has one such
# package for each platform as an optional dependency.
make_npm() {
  parts=$home/server/src/main/npm
  main=$stage/main/package
  own=$stage/platform/package
  mkdir -p "$main/bin" "$stage/platform" &&
    fill "$parts/package.json" "$main/package.json" &&
    fill "$parts/README.md" "$main/README.md" &&
    cp "$home/LICENSE" "$main/LICENSE" &&
    cp "$parts/lhttp" "$main/bin/lhttp" &&
    chmod 755 "$main/bin/lhttp" &&
    pack "$npm_main" "$stage/main" package &&
    mv "$stage/$name" "$own" &&
    rm -rf "$own/docs" "$own/examples" "$own/CHANGELOG.md" &&
    # npm leaves out links, and the runtime's licences are links to one copy.
    cp -RL "$own/runtime/legal" "$own/runtime/copied" &&
    rm -rf "$own/runtime/legal" &&
    mv "$own/runtime/copied" "$own/runtime/legal" &&
    fill "$parts/platform/package.json" "$own/package.json" &&
    fill "$parts/platform/README.md" "$own/README.md" &&
    pack "$npm_platform" "$stage/platform" package
}

# fill TEMPLATE FILE: writes a file from a template.
fill() {
  system=${platform%-*}
  no_libc=''
  [ "$system" = linux ] || no_libc='/"libc"/d' # npm would not install the package
  sed -e "s/@VERSION@/$version/g" -e "s/@PLATFORM@/$platform/g" -e "s/@SYSTEM@/$system/g" \
    -e "s/@PROCESSOR@/${platform#*-}/g" -e "$no_libc" "$1" >"$2"
}

# pack FILE FOLDER NAME: packs what has this name in the folder.
pack() {
  owner=''
  case $(tar --version 2>/dev/null) in *GNU*) owner='--owner=0 --group=0 --numeric-owner --sort=name' ;; esac
  # shellcheck disable=SC2086 # the shell must split the options at spaces
  tar -cf - $owner -C "$2" "$3" | gzip >"$1"
}

# size FILE: prints the size of a file, or of all files of a folder.
size() {
  if [ -d "$1" ]; then bytes=$(($(du -sk "$1" | tr -cd '0-9\t' | cut -f 1) * 1024)); else bytes=$(wc -c <"$1"); fi
  if [ "$bytes" -ge 1000000 ]; then echo "$(((bytes + 500000) / 1000000)) MB"; else echo "$(((bytes + 999) / 1000)) kB"; fi
}
