# shellcheck shell=sh
# Runs commands in the background, so that a signal ends them at once. ../lhttp includes this file.

attended=''

# Not empty if SIGHUP ends neither this shell nor its commands, because the command's server reloads at SIGHUP.
reloads=''

# Not empty after a SIGHUP that arrived during attend.
hung_up=''

# exists PID: succeeds if there is such a process. A process of another user refuses the signal.
exists() {
  case $(kill -0 "$1" 2>&1 && echo alive) in
    alive | *ermitted*) return 0 ;;
    *) return 1 ;;
  esac
}

# attend COMMAND: runs a command of this script in the background. A signal to this shell ends the command with all its
# processes at once; a command in the foreground would delay the signal.
attend() {
  catch_signals
  if [ -n "$reloads" ]; then
    (
      trap '' HUP
      "$@"
    ) &
  else
    "$@" &
  fi
  attended=$! hung_up=yes
  while [ -n "$hung_up" ]; do
    hung_up='' code=0
    wait "$attended" || code=$?
    [ "$code" = 129 ] || break # else SIGHUP may have ended the wait, and not the command
  done
  attended=''
  return "$code"
}

catch_signals() {
  [ -n "$reloads" ] || trap 'end_by 129' HUP # else expect_reloads has set the trap
  trap 'end_by 130' INT
  trap 'end_by 143' TERM
}

# Ends the reaction to signals that catch_signals began.
release_signals() {
  trap - INT TERM
  [ -n "$reloads" ] || trap - HUP
}

# expect_reloads COMMAND: lets SIGHUP end neither this shell nor its commands before COMMAND runs, if that is serve.
expect_reloads() {
  [ "$1" = serve ] || return 0
  reloads=yes
  trap hang_up HUP
}

hang_up() {
  hung_up=yes
  echo "lhttp: SIGHUP ignored: the server has not started yet" >&2
}

# end_by CODE: ends the attended command and this shell after a signal.
end_by() {
  trap '' HUP INT TERM
  if [ -n "$attended" ]; then
    end_tree "$attended"
    wait "$attended" 2>/dev/null || :
  fi
  remove_partial
  exit "$1"
}

# end_tree PID: kills a process and its descendants. They get SIGKILL, because a JVM would still write the cache after
# SIGTERM. A stopped process starts no more children.
end_tree() {
  kill -STOP "$1" 2>/dev/null || return 0
  for child in $(children "$1"); do
    end_tree "$child"
  done
  kill -KILL "$1" 2>/dev/null || :
}

# children PID: prints the process ids of its children.
children() {
  if [ -e /proc/self/stat ]; then
    for stat in /proc/[0-9]*/stat; do
      { read -r line <"$stat"; } 2>/dev/null || continue
      # shellcheck disable=SC2086 # the shell must split the fields at spaces
      set -- "$1" ${line##*) }
      [ "$3" = "$1" ] || continue
      stat=${stat#/proc/}
      echo "${stat%/stat}"
    done
  else
    ps -A -o pid= -o ppid= 2>/dev/null | while read -r pid parent; do
      if [ "$parent" = "$1" ]; then echo "$pid"; fi
    done
  fi
}
