# shellcheck shell=sh disable=SC2034
# Finds the JDK that runs the server. ../lhttp includes this file.

needed=25

# Sets jdk to the first JDK that is new enough: from JAVA_HOME, PATH or the usual folders.
find_jdk() {
  seen=
  for candidate in "${JAVA_HOME-}" "$(path_jdk)"; do
    if new_enough "$candidate"; then return; fi
  done
  for place in ${LHTTP_JDKS-/usr/lib/jvm /opt /opt/java /usr/java /usr/local} \
    "${HOME-}/.sdkman/candidates/java" "${HOME-}/.jdks" /Library/Java/JavaVirtualMachines; do
    for candidate in "$place"/* "$place"/*/Contents/Home; do
      if new_enough "$candidate"; then return; fi
    done
  done
  fail "no JDK $needed or newer (found: ${seen:-none}): install the package openjdk-25-jdk-headless or temurin-25-jdk, or take one from https://adoptium.net, or point JAVA_HOME at it"
}

# Prints the home of the java in PATH, with all links resolved.
path_jdk() {
  java=$(command -v java) || return 0
  java=$(readlink -f "$java" 2>/dev/null || echo "$java")
  echo "${java%/bin/java}"
}

# new_enough FOLDER: succeeds and sets jdk if the folder is a JDK that is new enough. Adds an older JDK to seen, for the
# error message.
new_enough() {
  [ -x "$1/bin/javac" ] && [ -r "$1/release" ] || return 1
  version=
  while IFS='=' read -r key value; do
    if [ "$key" = JAVA_VERSION ]; then version=$(echo "$value" | tr -dc '0-9.'); fi
  done <"$1/release"
  if [ "${version%%.*}" -ge "$needed" ] 2>/dev/null; then
    jdk=$1
    return 0
  fi
  seen="${seen:+$seen, }${version:-unknown} in $1"
  return 1
}
