# shellcheck shell=sh
# Finds folders in which starts keep files for later ones. ../lhttp includes this file.

# each_cache_folder COMMAND: runs the command with each folder in which this user may keep files, until one succeeds.
each_cache_folder() {
  for parent in "${LHTTP_CACHE-}" "${CACHE_DIRECTORY-}" "${XDG_CACHE_HOME-}" "${HOME-}"; do
    parent=${parent%%:*} # systemd may list several folders
    if [ -z "$parent" ] || [ "$parent" = none ] || [ ! -d "$parent" ]; then continue; fi
    if [ "$parent" = "${HOME-}" ]; then parent=$parent/.cache; fi
    if "$1" "$parent/lhttp"; then return 0; fi
  done
  return 1
}

# is_own FOLDER: succeeds if this user alone may write in the folder. A start runs code from it, so nobody else may.
is_own() {
  # shellcheck disable=SC3067 # dash, bash, BusyBox and ksh know -O; other shells start without a cache
  [ -O "$1" ] && [ -w "$1" ] && is_closed "$1"
}

# is_closed FOLDER: succeeds if only this user or root may write in the folder.
is_closed() {
  # shellcheck disable=SC2046 # the shell must split the line at spaces
  set -- "$1" $(ls -ldn "$1/." 2>/dev/null)
  case ${2-} in
    d????w* | d???????w*) return 1 ;;
    d*) ;;
    *) return 1 ;;
  esac
  # shellcheck disable=SC3067
  [ "${4-}" = 0 ] || [ -O "$1" ]
}

user() {
  id -un 2>/dev/null || echo "this user"
}
