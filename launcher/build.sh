# shellcheck shell=sh disable=SC2154
# Builds the server. Read by ../lhttp.

target=$home/server/target
jar=$target/lhttp-server.jar
stamp=$target/built
log=$target/build.log

# The quality gates are for those who change the sources; they take longer than all the rest.
no_gates='-Dspotless.check.skip=true -Derrorprone.plugin= -Dlhttp.fast'

build_if_changed() {
  if ! changed; then return; fi
  find_unwritable
  if [ -z "$unwritable" ]; then
    lock
    if changed; then build; fi
    unlock
  elif [ -e "$jar" ]; then
    echo "lhttp: the sources have changed, but $(user) may not write in $unwritable: this is what was built before" >&2
  else
    fail "nothing is built yet, and $(user) may not write in $unwritable: start it once as a user who may, or unpack the archive (mvn package makes it)"
  fi
}

# Sets unwritable: the first folder that a build writes in and this user may not; empty for none.
find_unwritable() {
  unwritable=
  for module in "$home" "$home"/framework/* "$home"/testing "$home"/filters/* "$home"/brokers/* "$home"/scripts \
    "$home"/clients/java "$home"/server; do
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

# One start at a time builds; one that comes later finds the work done. The lock is a link that is
# made with its owner in it, so that there is none without.
lock() {
  mkdir -p "$target"
  held=$target/building
  describe $$
  me=$described
  waiting='' tries=0
  until ln -s "$me" "$held" 2>/dev/null; do
    if ! owner=$(readlink "$held" 2>/dev/null); then
      tries=$((tries + 1))
      [ "$tries" -lt 10 ] || fail "can't make $held: $(ln -s "$me" "$held" 2>&1)"
    elif alive "$owner"; then
      [ -n "$waiting" ] || echo "lhttp: waiting for another start that builds (process ${owner%%.*}, $held)" >&2
      waiting=yes
      sleep 1
    else
      take_away "$held" "$owner"
    fi
  done
  trap unlock EXIT
  trap 'exit 130' INT HUP TERM
  rm -rf "$target/lock" # an earlier version's
}

unlock() {
  if [ "$(readlink "$held" 2>/dev/null)" = "$me" ]; then rm -f "$held"; fi
  trap - EXIT INT HUP TERM
}

# take_away LOCK OWNER: removes the lock of an owner that has ended. One start at a time may, the one
# that holds the lock named after both; and that one looks again.
take_away() {
  if ln -s "$me" "$1.$2" 2>/dev/null; then
    if [ "$(readlink "$1" 2>/dev/null)" = "$2" ]; then rm -f "$1"; fi
    rm -f "$1.$2"
  elif other=$(readlink "$1.$2" 2>/dev/null); then
    if alive "$other"; then sleep 1; else take_away "$1.$2" "$other"; fi
  fi
}

# describe PID: sets described to PID.START, with the time of its start where /proc tells it, as
# numbers of processes come back.
describe() {
  described=$1.0
  if { read -r stat <"/proc/$1/stat"; } 2>/dev/null; then
    # shellcheck disable=SC2086 # fields are words
    set -- "$1" ${stat##*) }
    described=$1.${21}
  fi
}

# alive PID.START: whether that process has not ended. One of another user can't be signalled, and is
# alive.
alive() {
  describe "${1%%.*}"
  case $described in
    "$1") case $1 in *.0) ;; *) return 0 ;; esac ;;
    *.0) ;;
    *) return 1 ;;
  esac
  case $(kill -0 "${1%%.*}" 2>&1 && echo alive) in
    alive | *ermitted*) return 0 ;;
    *) return 1 ;;
  esac
}

# Whether a source is newer than what was built. Folders count too: theirs is the time of the last
# file that came or went.
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

# in_turn COMMAND: while no other start builds.
in_turn() {
  lock
  "$@"
  unlock
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
