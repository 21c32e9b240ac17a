# shellcheck shell=sh disable=SC2154
# Builds the server and prepares its fast start. Read by ../lhttp.

target=$home/server/target
jar=$target/lhttp-server.jar
stamp=$target/built
log=$target/build.log

# The quality gates are for those who change the sources; they take longer than all the rest.
no_gates='-Dspotless.check.skip=true -Derrorprone.plugin= -Dlhttp.fast'

build_if_changed() {
  cache=$target/start-$(cksum <"$jdk/release" | tr -dc '0-9').aot
  if ! changed && [ -e "$cache" ]; then return; fi
  lock
  if changed; then build; fi
  if [ ! -e "$cache" ]; then train; fi
  unlock
}

# One start at a time builds; whoever comes later finds the work done.
lock() {
  mkdir -p "$target"
  waiting=
  until mkdir "$target/lock" 2>/dev/null; do
    owner=$(cat "$target/lock/pid" 2>/dev/null || true)
    if [ -n "$owner" ] && ! kill -0 "$owner" 2>/dev/null; then
      rm -rf "$target/lock"
    else
      [ -n "$waiting" ] || echo "lhttp: waiting for another start that builds ($target/lock)" >&2
      waiting=yes
      sleep 1
    fi
  done
  trap unlock EXIT
  trap 'exit 130' INT HUP TERM
  echo $$ >"$target/lock/pid"
}

unlock() {
  rm -rf "$target/lock"
  trap - EXIT INT HUP TERM
}

# Whether a source is newer than what was built. Folders count too: theirs is the time of the last
# file that came or went.
changed() {
  [ -e "$stamp" ] && [ -e "$jar" ] || return 0
  [ -n "$(
    cd "$home" && find pom.xml framework filters scripts clients server \
      \( -name target -o -name node_modules -o -path '*/src/test' \) -prune -o \
      \( -type f -o -path '*/src/main*' \) -newer "$stamp" -print | head -n 1
  )" ]
}

build() {
  : >"$stamp.new"
  rm -f "$target"/start-*.aot
  echo "lhttp: building with $jdk" >&2
  # shellcheck disable=SC2086 # options are words
  if ! maven -pl server -am package -Dmaven.test.skip=true $no_gates 2>&1 |
    tee "$log" | awk -f "$home/launcher/progress.awk" >&2; then
    fail "the build failed; all it said is in $log"
  fi
  mv "$stamp.new" "$stamp"
}

# Maven as it is installed, or else the wrapper, which fetches it. The last line is its exit code.
# With maven_pid set, that file holds its process while it runs.
maven() {
  if command -v mvn >/dev/null; then mvn=mvn; else mvn=$home/mvnw; fi
  (
    cd "$home" || exit
    export JAVA_HOME="$jdk"
    export MAVEN_OPTS="--enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow -XX:TieredStopAtLevel=1 ${MAVEN_OPTS-}"
    code=0
    # shellcheck disable=SC2016 # the inner shell expands
    sh -c 'echo $$ >"$1"; shift; exec "$@"' sh "${maven_pid:-/dev/null}" "$mvn" -B -ntp "$@" || code=$?
    printf "\nexit code %s\n" "$code" # Maven may have left the line unfinished
  )
}

# One run from which the JVM remembers classes and profiles. An empty file says that it could not.
train() {
  echo "lhttp: preparing a fast start" >&2
  # shellcheck disable=SC2086 # options are words
  "$jdk/bin/java" $jvm_options "-XX:AOTCacheOutput=$cache.new" \
    -cp "$jar" io.lhttp.app.Training >>"$log" 2>&1 || rm -f "$cache.new"
  if [ -s "$cache.new" ]; then mv "$cache.new" "$cache"; else : >"$cache"; fi
}
