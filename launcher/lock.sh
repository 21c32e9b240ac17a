# shellcheck shell=sh disable=SC2034
# Lets one start at a time do a work that starts share. ../lhttp includes this file.

# The lock is a symbolic link whose target names the owner, so that no lock exists without an owner: PID.START.PLACE.
# START tells the process from a later one with the same id. PLACE tells the machine or container whose process ids
# these are. The owner changes the file LOCK.beat every few seconds, by which starts in other places see that it lives.

# A start in another place takes a lock over after it has seen no beat so many times, a second apart.
patience=60

held='' me='' place=''

# take_lock FILE WORK: takes the lock; while another start has it, says that it does this WORK, and waits. Fails, and
# sets unlocked to the reason, if the lock can't be made, as on a full disk.
take_lock() {
  unlocked=''
  held=$1
  find_place
  describe $$
  me=$described.$place
  waiting='' tries=0
  until ln -s "$me" "$held" 2>/dev/null; do
    if ! owner=$(readlink "$held" 2>/dev/null); then
      tries=$((tries + 1))
      if [ "$tries" -ge 10 ]; then
        unlocked="can't make $held: $(ln -s "$me" "$held" 2>&1)"
        return 1
      fi
    elif is_here "$owner" && ! alive "$owner"; then
      take_away "$held" "$owner"
    else
      [ -n "$waiting" ] || echo "lhttp: waiting for another start that $2 (process ${owner%%.*}, $held)" >&2
      waiting=yes
      if is_here "$owner"; then
        sleep 1
      elif silent "$held" "$owner"; then
        take_away "$held" "$owner"
      fi
    fi
  done
  trap release_lock EXIT
  catch_signals
  beat >/dev/null 2>&1 </dev/null &
  beating=$!
}

release_lock() {
  # SIGKILL, because a parent may have ignored SIGTERM; no beat may come after the lock is gone
  kill -KILL "$beating" 2>/dev/null || :
  wait "$beating" 2>/dev/null || :
  if [ "$(readlink "$held" 2>/dev/null)" = "$me" ]; then rm -f "$held.beat" "$held"; fi
  trap - EXIT
  release_signals
}

# Shows starts in other places that this one lives, as long as it does and has the lock.
beat() {
  beats=0
  while [ "$(readlink "$held" 2>/dev/null)" = "$me" ] && alive "$me"; do
    beats=$((beats + 1))
    echo "$me $beats" >"$held.beat"
    sleep 5
  done
}

# take_away LOCK OWNER: removes the lock of an owner that has ended. A second lock, named after LOCK and OWNER, lets one
# start at a time do so; its holder checks again that OWNER still owns LOCK.
take_away() {
  if ln -s "$me" "$1.$2" 2>/dev/null; then
    if [ "$(readlink "$1" 2>/dev/null)" = "$2" ]; then rm -f "$1"; fi
    rm -f "$1.$2"
  elif other=$(readlink "$1.$2" 2>/dev/null); then
    if ! is_here "$other"; then
      if silent "$1.$2" "$other"; then take_away "$1.$2" "$other"; fi
    elif alive "$other"; then
      sleep 1
    else
      take_away "$1.$2" "$other"
    fi
  fi
}

# Sets place to a number for this machine and its process ids. A container has process ids of its own.
find_place() {
  place=$({
    cat /proc/sys/kernel/random/boot_id || uname -n
    readlink /proc/self/ns/pid
  } 2>/dev/null | cksum | tr -dc '0-9')
}

# is_here OWNER: succeeds if the owner's process id is one of this place. Earlier versions wrote no place.
is_here() {
  case $1 in
    *.*.*) [ "${1##*.}" = "$place" ] ;;
    *) ;;
  esac
}

# silent LOCK OWNER: succeeds if OWNER has the lock and gives no sign of life for a while.
silent() {
  rounds=0
  last=$(cat "$1.beat" 2>/dev/null) || :
  while [ "$rounds" -lt "$patience" ]; do
    sleep 1
    [ "$(readlink "$1" 2>/dev/null)" = "$2" ] || return 1
    [ "$(cat "$1.beat" 2>/dev/null)" = "$last" ] || return 1
    rounds=$((rounds + 1))
  done
}

# describe PID: sets described to PID.START. START is the process's start time from /proc, or 0 if /proc has none.
describe() {
  described=$1.0
  if { read -r stat <"/proc/$1/stat"; } 2>/dev/null; then
    # shellcheck disable=SC2086 # the shell must split the fields at spaces
    set -- "$1" ${stat##*) }
    described=$1.${21}
  fi
}

# alive OWNER: succeeds if that process of this place has not ended.
alive() {
  describe "${1%%.*}"
  case $1. in
    "$described".*) case $described in *.0) ;; *) return 0 ;; esac ;;
    *) case $described in *.0) ;; *) return 1 ;; esac ;;
  esac
  exists "${1%%.*}"
}
