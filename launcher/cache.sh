# shellcheck shell=sh disable=SC2154
# Creates the JVM's AOT cache: loaded classes and profiles, with which a start is fast. ../lhttp includes this file.

partial=''

# Set to yes if the server has to let the launcher prepare the cache while it runs.
later=''

# prepare_cache COMMAND…: sets cache to a file for this JDK and these jars, and creates the file if this user may. A
# server listens first, and has the file created later. Sets cache to an empty text if there is no cache; the server then
# starts without one. An empty file records that the JVM could not create a cache. A server without code has a cache without
# the scripts' engine, and one with scripts alone a cache without the Java compiler, because the JVM keeps a whole cache in
# memory.
prepare_cache() {
  cache=''
  [ "${LHTTP_CACHE-}" != none ] || return 0
  for tool in cksum find ls mkdir mv rm tr; do
    if ! has_command "$tool"; then return 0; fi
  done
  # The JVM refuses a cache of other jars or of another JVM, so the key contains both.
  key=$({
    while read -r line; do echo "$line"; done <"$jdk/release"
    ls -ln "$target/lhttp-server.jar" "$target/lib" 2>/dev/null |
      while read -r _ _ _ _ size _ _ _ file; do echo "$size ${file##*/}"; done
  } | cksum | tr -dc '0-9')
  complete=$key${compiler:+-compiled}.aot
  name=$key$kind${compiler:+-compiled}.aot
  cache=$target/start-$name
  if outdated; then
    find_cache_folder
    if [ -z "$folder" ]; then
      start_without_cache "$(user) may not write in $target, where a fast one is prepared"
      return 0
    fi
    cache=$folder/start-$name
    if ! outdated; then
      :
    elif prepares_later "$@"; then
      later=yes
      start_without_cache "no fast one is prepared: the server does it while it runs (LHTTP_CACHE=none skips it)"
    elif [ "$folder" != "$target" ]; then
      make_cache
    elif lock; then
      make_cache
      unlock
    else
      start_without_cache "a fast one can't be prepared: $unlocked"
    fi
    release_signals
  fi
}

# prepares_later COMMAND…: succeeds if the command starts a server.
prepares_later() {
  [ -z "${LHTTP_PREPARE-}" ] || return 1
  case "${1-} $* " in
    *' --help '* | *' -h '*) return 1 ;;
    'dev '* | 'serve '*) return 0 ;;
    *) return 1 ;;
  esac
}

# start_without_cache REASON: lets a server whose kind has no cache yet start with the complete one if that exists; lets
# the server start without a cache otherwise, and prints the reason.
start_without_cache() {
  cache=$target/start-$complete
  if outdated; then
    echo "lhttp: this start takes longer, as $1" >&2
    cache=''
  fi
}

# Succeeds if the file $cache is missing, or older than the jar or the JVM's options. A failure may have a passing reason,
# such as a lack of memory, and holds for a day.
outdated() {
  [ -e "$cache" ] && [ -z "$(find "$target/lhttp-server.jar" "$home/launcher/jvm.sh" -newer "$cache")" ] || return 0
  [ ! -s "$cache" ] && [ -n "$(find "$cache" -mtime +0)" ]
}

# Sets folder to the jar's folder if this user may write there, or else to a folder of this user alone; empty if there
# is none.
find_cache_folder() {
  folder=$target
  if [ -w "$folder" ] && [ -w "$home" ]; then return; fi
  own=$(echo "$home" | cksum | tr -dc '0-9')
  each_cache_folder is_cache_folder || folder=''
}

# is_cache_folder PARENT: succeeds and sets folder if this user alone may write in a folder below PARENT.
is_cache_folder() {
  folder=$1/$own
  (umask 077 && mkdir -p "$folder") 2>/dev/null && is_own "$1" && is_own "$folder"
}

# Runs a training program, after which the JVM writes the cache. Another start may do so at the same time, also in
# another container, so the file gets its name at the end.
make_cache() {
  if ! outdated; then return; fi
  echo "lhttp: preparing a fast start: once, up to a minute on a busy machine; LHTTP_CACHE=none skips it" >&2
  for old in "$folder"/start-*.aot; do
    case $old in
      "$folder/start-$key"*) ;;
      *) rm -f "$old" ;;
    esac
  done
  find_place
  remove_leftovers
  partial=$cache.$$-$place
  attend train || rm -f "$partial"
  if [ ! -s "$partial" ]; then
    (: >"$partial") 2>/dev/null || :
  fi
  if ! problem=$(mv "$partial" "$cache" 2>&1); then
    start_without_cache "a fast one can't be prepared: $problem"
  fi
  remove_partial
}

train() {
  # shellcheck disable=SC2086 # the shell must split the options at spaces
  exec "$jdk/bin/java" $jvm_options "-XX:AOTCacheOutput=$partial" $compiler_options \
    ${compiler:+"-Dlhttp.compiler=$compiler"} "-Dlhttp.native=$target/native" \
    -cp "$target/lhttp-server.jar" io.lhttp.app.TrainingRun ${kind#-} >>"${log:-/dev/null}" 2>&1
}

# Removes unfinished files of starts that were killed. The start's process id and place follow .aot. in their names. The
# processes of another place can't be looked at, so their files are removed once they are a day old.
remove_leftovers() {
  for left in "$folder"/start-*.aot.*; do
    owner=${left##*.aot.}
    owner=${owner%%.*}
    case $owner in
      *-"$place") ;;
      *-*)
        find "$left" -mtime +0 -exec rm -f {} + 2>/dev/null || :
        continue
        ;;
    esac
    owner=${owner%%-*}
    case $owner in
      '' | *[!0-9]*) continue ;;
    esac
    if [ "$owner" = $$ ] || ! exists "$owner"; then rm -f "$left"; fi
  done
}

# Removes the file that is being written, and the JVM's own files beside it.
remove_partial() {
  [ -z "$partial" ] || rm -f "$partial" "$partial".*
  partial=''
}
