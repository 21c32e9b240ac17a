# shellcheck shell=sh disable=SC2154
# Builds the server when its sources have changed. ../lhttp includes this file.

target=$home/server/target
jar=$target/lhttp-server.jar
stamp=$target/built
log=$target/build.log

# Skips the quality gates, which take longer than the rest of the build. `./lhttp test` and Maven run them.
no_gates='-Dspotless.check.skip=true -Derrorprone.plugin= -Dlhttp.fast'

build_if_changed() {
  if ! changed; then return; fi
  find_unwritable
  if [ -z "$unwritable" ]; then
    lock || fail "$unlocked"
    if changed; then build; fi
    unlock
  elif [ -e "$jar" ]; then
    echo "lhttp: the sources have changed, but $(user) may not write in $unwritable: this is what was built before" >&2
  else
    fail "nothing is built yet, and $(user) may not write in $unwritable: start it once as a user who may, or unpack the archive (mvn package makes it)"
  fi
}

# Sets unwritable to the first folder of the build in which this user may not write; empty if there is none.
find_unwritable() {
  unwritable=
  for module in "$home" "$home"/framework/* "$home"/testing "$home"/filters/* "$home"/brokers/* "$home"/scripts \
    "$home"/clients/java "$home"/integrations/* "$home"/server; do
    [ -e "$module/pom.xml" ] || continue
    if [ ! -d "$module/target" ]; then
      folders=$module
    else
      folders=$module/target
      if [ -d "$module/target/classes" ]; then folders="$folders/classes"; fi
    fi
    if [ ! -w "$folders" ] || [ ! -w "${folders%/classes}" ]; then
      unwritable=$folders
      return
    fi
  done
}

# Takes the lock that lets one start at a time build; a later start waits and finds the build done. Fails, and sets
# unlocked to the reason, if the lock can't be made.
lock() {
  mkdir -p "$target" || :
  take_lock "$target/building" builds || return 1
  rm -rf "$target/lock" # the lock of an earlier version of this script
}

unlock() {
  release_lock
}

# Succeeds if a source is newer than the last build. Folders count too, because the time of a folder changes when a file
# in it is added or removed.
changed() {
  [ -e "$stamp" ] && [ -e "$jar" ] || return 0
  [ -n "$(
    cd "$home" || exit
    set --
    for part in pom.xml framework testing filters brokers scripts clients server; do
      if [ -e "$part" ]; then set -- "$@" "$part"; fi
    done
    find "$@" \( -name target -o -name node_modules -o -path '*/src/test' \) -prune -o \
      \( -type f -o -path '*/src/main*' \) -newer "$stamp" -print | head -n 1
  )" ]
}

# in_turn COMMAND: runs the command while no other start builds.
in_turn() {
  lock || fail "$unlocked"
  "$@"
  unlock
}

# build OPTION…: builds the server by Maven with these options.
build() {
  : >"$stamp.new"
  rm -f "$target"/start-*.aot
  echo "lhttp: building with $jdk" >&2
  if ! attend maven_briefly -pl server -am package "$@"; then
    fail "the build failed; all it said is in $log"
  fi
  mv "$stamp.new" "$stamp"
}

# maven_briefly ARGUMENT…: runs Maven without tests and gates. The terminal shows its progress, the log all of it.
maven_briefly() {
  # shellcheck disable=SC2086 # the shell must split the options at spaces
  maven -Dmaven.test.skip=true $no_gates "$@" 2>&1 | tee "$log" | awk -f "$home/launcher/progress.awk" >&2
}

# maven ARGUMENT…: runs the installed Maven, or else the wrapper, which downloads it. The last line of its output is the
# exit code. If maven_pid names a file, Maven's process id is written into that file.
maven() {
  if command -v mvn >/dev/null; then mvn=mvn; else mvn=$home/mvnw; fi
  (
    cd "$home" || exit
    export JAVA_HOME="$jdk"
    export MAVEN_OPTS="--enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow -XX:TieredStopAtLevel=1 ${MAVEN_OPTS-}"
    code=0
    # shellcheck disable=SC2016 # the inner shell expands the variables
    sh -c 'echo $$ >"$1"; shift; exec "$@"' sh "${maven_pid:-/dev/null}" "$mvn" -B -ntp "$@" || code=$?
    printf "\nexit code %s\n" "$code" # Maven may have left the line unfinished
  )
}
