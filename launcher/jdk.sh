# shellcheck shell=sh disable=SC2034
# Finds the JDK that runs the server. ../lhttp includes this file.

needed=25

# Sets jdk to the archive's own runtime, or else to the first JDK that is new enough: from JAVA_HOME, PATH, the usual
# folders or the folder of fetched ones. Fails, and sets seen to the older ones, if there is none.
find_jdk() {
  if new_enough "$home/runtime"; then return; fi
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
  each_cache_folder has_fetched_jdk
}

# has_fetched_jdk PARENT: succeeds and sets jdk if a start has fetched a JDK into a folder below PARENT, and only this user
# or root may write there. A folder gets its name there once it is complete.
has_fetched_jdk() {
  [ -d "$1/jdks" ] && is_closed "$1" && is_closed "$1/jdks" || return 1
  for candidate in "$1"/jdks/*/* "$1"/jdks/*/*/Contents/Home; do
    if new_enough "$candidate"; then return 0; fi
  done
  return 1
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
