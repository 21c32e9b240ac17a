# shellcheck shell=sh disable=SC2154
# Runs the whole test suite. ../lhttp includes this file.

run_tests() {
  want node 'node 20 or newer' nodejs node_is_new
  want chromium chromium chromium has_chromium
  want nats-server nats-server nats-server 'has nats-server'
  want nginx nginx nginx 'has nginx'
  want haproxy haproxy haproxy 'has haproxy'
  want caddy caddy caddy 'has caddy'
  want prometheus prometheus prometheus 'has prometheus'
  want zsh zsh zsh 'has zsh'
  # Deletes classes that the launcher compiled without quality gates, and old reports, which would be counted.
  find "$home" -name node_modules -prune -o -type d -path '*/target/*' \
    \( -name classes -o -name test-classes -o -name surefire-reports \) -prune -exec rm -rf {} +
  rm -f "$stamp"
  mkdir -p "$target"
  maven_pid=$target/maven.pid
  end_in "${LHTTP_TEST_MINUTES:-75}" "$maven_pid"
  find_jdk17
  code=0
  # This run is long enough for the JVM's second compiler, with which the conformance suite needs a quarter less time.
  export MAVEN_OPTS="-XX:TieredStopAtLevel=4 ${MAVEN_OPTS-}"
  maven verify --fail-at-end ${jdk17:+"-Dlhttp.jdk17=$jdk17"} 2>&1 | awk '/^exit code / { code = $3; next } { print; fflush() } END { exit code }' ||
    code=$?
  kill "$guard" 2>/dev/null || true
  echo
  say_jdk17
  find "$home" -name node_modules -prune -o -path '*/target/surefire-reports/TEST-*.xml' \
    -exec awk -f "$home/launcher/summary.awk" {} +
  exit "$code"
}

# Sets jdk17 to a Java 17 of this machine: from JAVA_HOME_17_X64, as CI machines have it, PATH or the usual folders; empty
# if there is none. The modules for users of JDK 17 also run their tests on it.
find_jdk17() {
  jdk17=$(
    JAVA_HOME=${JAVA_HOME_17_X64-${JAVA_HOME_17_ARM64-}}
    # shellcheck disable=SC2329 # find_jdk calls it
    new_enough() {
      case $(cat "$1/release" 2>/dev/null) in
        *'JAVA_VERSION="17'[.\"]*) ;;
        *) return 1 ;;
      esac
      [ -x "$1/bin/java" ] || return 1
      jdk=$1
    }
    # shellcheck disable=SC2329 # find_jdk calls it
    fail() { exit 1; }
    find_jdk && echo "$jdk"
  ) || jdk17=
}

# Prints whether tests have run on JDK 17.
say_jdk17() {
  if [ -z "$jdk17" ]; then
    echo "there is no JDK 17 here: lhttp-message and lhttp-client were tested on JDK $needed alone"
  elif [ -n "$(find "$home/framework" "$home/clients" -name 'TEST-*-jdk17.xml' | head -n 1)" ]; then
    echo "lhttp-message and lhttp-client were also tested on JDK 17, $jdk17"
  else
    echo "no test has run on JDK 17, $jdk17"
  fi
}

# end_in MINUTES FILE: after this time ends Maven, whose process id FILE contains, if this shell still runs. Surefire
# then ends its test JVMs, and the reports so far are summed up.
end_in() {
  (
    left=$(($1 * 60))
    while [ "$left" -gt 0 ]; do
      sleep 2 >/dev/null 2>&1 # the redirection keeps this shell from holding a caller's pipe open
      kill -0 $$ 2>/dev/null || exit 0
      left=$((left - 2))
    done
    echo "lhttp: the tests have run for $1 minutes and are ended; LHTTP_TEST_MINUTES sets another bound" >&2
    tries=0
    while kill -0 $$ 2>/dev/null; do
      if [ "$tries" -lt 60 ]; then signal=TERM; else signal=KILL; fi
      kill -"$signal" "$(cat "$2" 2>/dev/null)" 2>/dev/null || true
      sleep 1 >/dev/null 2>&1
      tries=$((tries + 1))
    done
  ) &
  guard=$!
}

# want NAME WHAT PACKAGE CHECK: installs a program that tests use if CHECK fails and this user may install it. Without
# the program its tests are skipped.
want() {
  if $4; then return; fi
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "lhttp: installing $3" >&2
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends "$3"; } >/dev/null 2>&1 || true
    if $4; then return; fi
  fi
  echo "lhttp: $2 is missing and could not be installed: its tests are not run" >&2
}

node_is_new() {
  command -v node >/dev/null && [ "$(node --version | tr -dc '0-9.' | cut -d. -f1)" -ge 20 ]
}

has_chromium() {
  for name in chromium chromium-browser google-chrome; do
    if command -v "$name" >/dev/null; then return 0; fi
  done
  return 1
}

# has PROGRAM: succeeds if the program is installed. Debian installs servers in folders that are only in root's PATH.
has() {
  for folder in ${LHTTP_SBIN:-/usr/sbin /usr/local/sbin}; do
    if [ -x "$folder/$1" ]; then return 0; fi
  done
  command -v "$1" >/dev/null
}
