# shellcheck shell=sh disable=SC2154
# Tries the archive and the npm packages of package.sh where no Java is found. ../lhttp includes this file.

try_packages() {
  trial=$packages/try
  rm -rf "$trial"
  mkdir -p "$trial/bin" "$trial/home" "$trial/project"
  hide_java "$trial/bin"
  echo "lhttp: trying the npm packages, as in $trial/log" >&2
  attend try_npm >"$trial/log" 2>&1 || fail "the npm packages failed: $(tail -n 1 "$trial/log"); all output is in $trial/log"
  echo "lhttp: running the tests of the archive" >&2
  if ! attend maven_briefly -pl server -am test-compile surefire:test@distribution -Pdistribution \
    "-Dlhttp.tested-archive=$archive"; then
    fail "the archive failed its tests; all output is in $log"
  fi
  rm -rf "$trial"
}

# hide_java FOLDER: links all programs of PATH into a folder, but for those of a JDK.
hide_java() {
  rest=$PATH:
  while [ -n "$rest" ]; do
    place=${rest%%:*}
    rest=${rest#*:}
    [ -z "$place" ] || ln -s "$place"/* "$1" 2>/dev/null || : # the first of two programs with one name counts
  done
  for program in "$jdk"/bin/*; do rm -f "$1/${program##*/}"; done
}

# Installs the packages in an empty folder, makes an application, runs it and sends it a message.
try_npm() {
  cd "$trial/project" &&
    echo '{ "private": true }' >package.json &&
    clean npm install --offline --no-audit --no-fund "$npm_main" "$npm_platform" &&
    expect '^Java ' clean npx lhttp --version &&
    expect 'npx lhttp dev app' clean npx lhttp new app &&
    expect '2 passed' clean npx lhttp test app &&
    try_dev
}

# Runs the application, sends it a message, and ends it. npm passes SIGTERM on to a shell, but not to the server.
try_dev() {
  env -i "PATH=$trial/bin" "HOME=$trial/home" npm_config_update_notifier=false npx lhttp dev app --port 0 </dev/null >dev.log 2>&1 &
  dev=$! code=0
  address='s/^listening on \(ws:.*\)$/\1/p'
  if within_a_minute contains dev.log '^listening on ws:'; then
    expect 'you said hi' clean npx lhttp connect "$(sed -n "$address" dev.log)" --send 'say hi' || code=1
    server=$(descendants "$dev")
    kill "$dev"
    for process in $dev $server; do
      if ! within_a_minute ended "$process"; then
        echo "npx lhttp dev did not end after SIGTERM: process $process is left"
        end_tree "$process"
        code=1
      fi
    done
  else
    cat dev.log
    echo "npx lhttp dev did not listen"
    end_tree "$dev"
    code=1
  fi
  return "$code"
}

# descendants PID: prints the process ids of its children and their children.
descendants() {
  for child in $(children "$1"); do
    echo "$child"
    descendants "$child"
  done
}

# within_a_minute CONDITION…: waits until this command succeeds, and fails if it does not within a minute.
within_a_minute() {
  left=60
  until "$@"; do
    left=$((left - 1))
    [ "$left" -gt 0 ] || return 1
    sleep 1
  done
}

contains() {
  grep -q "$2" "$1"
}

# ended PID: succeeds if this process has ended.
ended() {
  ! exists "$1"
}

# expect PATTERN COMMAND…: prints the output of a command, and fails if no line of it has the pattern.
expect() {
  pattern=$1
  shift
  said=$("$@" 2>&1) || {
    echo "$said"
    echo "$* failed"
    return 1
  }
  echo "$said"
  echo "$said" | grep -q "$pattern" || {
    echo "$* did not print '$pattern'"
    return 1
  }
}

# clean COMMAND…: runs a command in an environment without Java.
clean() {
  env -i "PATH=$trial/bin" "HOME=$trial/home" npm_config_update_notifier=false "$@" </dev/null
}
