# shellcheck shell=sh disable=SC2154
# The JVM's cache of classes and profiles, from which a start is fast. Read by ../lhttp.

# Sets cache, where there is one of what is started now, or this user may write one: it is made
# then. Empty for none, which fails no start; so does an empty file, which says that none could be made.
prepare_cache() {
  cache=''
  [ "${LHTTP_CACHE-}" != none ] || return 0
  for tool in cksum find ls mkdir mv rm tr; do
    if ! has_command "$tool"; then return 0; fi
  done
  # The JVM takes no cache of other jars, and none of another JVM.
  key=$({
    while read -r line; do echo "$line"; done <"$jdk/release"
    ls -ln "$target/lhttp-server.jar" "$target/lib" 2>/dev/null |
      while read -r _ _ _ _ size _ _ _ file; do echo "$size ${file##*/}"; done
  } | cksum | tr -dc '0-9')
  name=$key${compiler:+-compiled}.aot
  cache=$target/start-$name
  if outdated; then
    find_cache_folder
    if [ -z "$folder" ]; then
      echo "lhttp: this start takes longer, as $(user) may not write in $target, where a fast one is prepared" >&2
      cache=''
      return 0
    fi
    cache=$folder/start-$name
    if ! outdated; then
      :
    elif [ "$folder" = "$target" ]; then
      in_turn make_cache
    else
      make_cache
    fi
  fi
}

# Whether there is no cache of what is started now.
outdated() {
  [ -e "$cache" ] && [ -z "$(find "$target/lhttp-server.jar" "$home/launcher/jvm.sh" -newer "$cache")" ] && return 1
  return 0
}

# Sets folder: beside the jar, or else a folder of this user's own; empty for none.
find_cache_folder() {
  folder=$target
  if [ -w "$folder" ] && [ -w "$home" ]; then return; fi
  place=$(echo "$home" | cksum | tr -dc '0-9')
  for parent in "${LHTTP_CACHE-}" "${CACHE_DIRECTORY-}" "${XDG_CACHE_HOME-}" "${HOME-}"; do
    parent=${parent%%:*} # systemd may name several
    if [ -z "$parent" ] || [ ! -d "$parent" ]; then continue; fi
    if [ "$parent" = "${HOME-}" ]; then parent=$parent/.cache; fi
    folder=$parent/lhttp/$place
    if (umask 077 && mkdir -p "$folder") 2>/dev/null && is_own "$parent/lhttp" && is_own "$folder"; then
      return
    fi
  done
  folder=''
}

# Whether this user alone may write in a folder: the JVM runs what is in a cache.
is_own() {
  # shellcheck disable=SC3067 # dash, bash, BusyBox and ksh have it, and without it there is no cache
  [ -O "$1" ] && [ -w "$1" ] || return 1
  case $(ls -ld "$1") in
    d????w* | d???????w*) return 1 ;;
    *) return 0 ;;
  esac
}

user() {
  id -un 2>/dev/null || echo "this user"
}

# One run from which the JVM makes its cache. Another start may make the same meanwhile.
make_cache() {
  if ! outdated; then return; fi
  echo "lhttp: preparing a fast start" >&2
  for old in "$folder"/start-*.aot; do
    case $old in
      "$folder/start-$key"*) ;;
      *) rm -f "$old" ;;
    esac
  done
  new=$cache.$$
  # shellcheck disable=SC2086 # options are words
  "$jdk/bin/java" $jvm_options "-XX:AOTCacheOutput=$new" $compiler_options \
    ${compiler:+"-Dlhttp.compiler=$compiler"} "-Dlhttp.native=$target/native" \
    -cp "$target/lhttp-server.jar" io.lhttp.app.Training >>"${log:-/dev/null}" 2>&1 || rm -f "$new"
  if [ -s "$new" ]; then
    mv "$new" "$cache"
  else
    rm -f "$new"
    : >"$cache"
  fi
}
