# shellcheck shell=sh disable=SC2034,SC2154
# Fetches a JDK into the user's cache if there is none on the machine. ../lhttp includes this file.
#
# Below a cache folder, jdks/ has complete JDKs, and jdk-download/ has the lock, the archive so far, and the folder into
# which the archive is unpacked. An archive is unpacked only if it has the SHA-256 that jdk.list has, and a JDK moves to
# jdks/ only if it runs here.

# offer_jdk COMMAND…: fetches a JDK and sets jdk, if --yes, LHTTP_JDK or the user at the terminal agrees. Otherwise ends
# with the ways to a JDK in one line.
offer_jdk() {
  case ${LHTTP_JDK-} in
    '' | fetch | none) ;;
    *) fail "LHTTP_JDK is '$LHTTP_JDK', but has to be fetch or none" ;;
  esac
  remedy="no JDK $needed or newer (found: ${seen:-none}): install the package openjdk-25-jdk-headless or temurin-25-jdk, or point JAVA_HOME at one"
  find_obstacle
  [ -z "$obstacle" ] || fail "$remedy; none can be fetched, as $obstacle"
  if [ -z "$consent" ] && [ "${LHTTP_JDK-}" != fetch ]; then
    if [ "${LHTTP_JDK-}" = none ] || [ ! -t 0 ] || [ ! -t 2 ] || ! ask; then
      fail "$remedy, or let this command fetch Temurin $version, some 140 MB, into $jdks: ./lhttp --yes${*:+ $*} (or LHTTP_JDK=fetch)"
    fi
  fi
  get_jdk
}

ask() {
  printf '%s\n' "lhttp: no JDK $needed or newer (found: ${seen:-none})" >&2
  printf '%s' "Fetch Temurin $version, some 140 MB, from $url into $jdks? [Y/n] " >&2
  read -r answer || return 1
  case $answer in
    '' | [Yy] | [Yy][Ee][Ss]) return 0 ;;
    *) return 1 ;;
  esac
}

# Sets obstacle to the reason why no JDK can be fetched; else it is empty, and archive, sum, url, version, jdks and
# download are set.
find_obstacle() {
  obstacle=''
  find_platform
  archive=''
  while read -r name file digest; do
    case $name in
      from) from=$file ;;
      "$platform") archive=$file sum=$digest ;;
    esac
  done <"$home/launcher/jdk.list"
  for tool in cat cksum gzip ln ls mkdir mv readlink rm tar tr; do
    has_command "$tool" || obstacle="the command $tool is missing"
  done
  if [ -z "$archive" ]; then
    obstacle="there is none for $system on $processor"
  elif ! has_command curl && ! has_command wget; then
    obstacle='the commands curl and wget are missing'
  elif ! has_command sha256sum && ! has_command shasum && ! has_command openssl; then
    obstacle='the commands sha256sum, shasum and openssl are missing'
  elif ! each_cache_folder is_jdk_folder; then
    obstacle="$(user) has no cache folder in which others may not write (LHTTP_CACHE names one that exists)"
  fi
  version=${archive##*_hotspot_}
  version=${version%%_*}
  case ${LHTTP_JDK_URL-} in
    '') url=$from/$archive ;;
    *.tar.gz) url=$LHTTP_JDK_URL ;;
    *) url=${LHTTP_JDK_URL%/}/$archive ;;
  esac
}

# Sets platform to the system and processor as jdk.list has them.
find_platform() {
  system=$(uname -s 2>/dev/null) || system='an unknown system'
  processor=$(uname -m 2>/dev/null) || processor='an unknown processor'
  case $system in
    Linux) if has_musl; then platform=musl; else platform=linux; fi ;;
    Darwin) platform=macos ;;
    *) platform='' ;;
  esac
  case $processor in
    x86_64 | amd64) platform=$platform-x64 ;;
    aarch64 | arm64) platform=$platform-arm64 ;;
    *) platform='' ;;
  esac
}

# Succeeds if the system's C library is musl. Debian and others have musl beside their own.
has_musl() {
  if has_command ldd; then
    case $(ldd --version 2>&1) in *musl*) return 0 ;; *) return 1 ;; esac
  fi
  for loader in /lib/ld-musl-*; do
    if [ -e "$loader" ]; then return 0; fi
  done
  return 1
}

# is_jdk_folder PARENT: succeeds and sets jdks and download to folders below PARENT, if this user alone may write there.
is_jdk_folder() {
  jdks=$1/jdks
  download=$1/jdk-download
  (umask 022 && mkdir -p "$jdks" "$download") 2>/dev/null && is_own "$1" && is_own "$jdks" && is_own "$download"
}

# Fetches a JDK, or waits for another start that does.
get_jdk() {
  take_lock "$download/fetching" 'fetches a JDK' || fail "no JDK can be fetched: $unlocked"
  if ! find_jdk; then
    echo "lhttp: fetching Temurin $version, some 140 MB, from $url" >&2
    part=$download/$archive errors=$download/errors
    get_archive
    unpack
  fi
  release_lock
}

# Completes the archive, or begins it anew if the server does not send the rest.
get_archive() {
  if [ -s "$part" ]; then
    if is_intact; then return; fi
    attend download "$part" || code=$?
    if is_intact; then return; fi
    if is_refusal; then rm -f "$part"; else fail_to_download; fi
  fi
  attend download "$part" || fail_to_download
  if ! is_intact; then
    rm -f "$part"
    fail "$url is not the known JDK: its SHA-256 is $found, but $home/launcher/jdk.list has $sum; the file was deleted"
  fi
}

# Downloads the archive, or the rest of it. A terminal shows the tool's own progress; elsewhere a line does, every ten
# seconds, and the tool's errors go to a file.
download() {
  : >"$errors"
  if has_command curl; then
    set -- curl -fL --connect-timeout 20 --speed-limit 1 --speed-time 60 -o "$part"
    [ ! -s "$part" ] || set -- "$@" -C -
    if [ -t 2 ]; then set -- "$@" --progress-bar; else set -- "$@" -sS; fi
  else
    set -- wget -O "$part"
    [ ! -s "$part" ] || set -- "$@" -c
    case $(wget --version 2>&1) in
      GNU*) # BusyBox's wget has other options
        set -- "$@" -t 1 -T 60
        [ -t 2 ] || set -- "$@" -nv
        ;;
    esac
  fi
  if [ -t 2 ]; then exec "$@" "$url"; fi
  show_size &
  showing=$! result=0
  "$@" "$url" 2>"$errors" || result=$?
  kill "$showing" 2>/dev/null || :
  return "$result"
}

show_size() {
  while sleep 10 >/dev/null 2>&1; do
    # shellcheck disable=SC2012,SC2046 # the shell must split the line at spaces
    set -- $(ls -ln "$part" 2>/dev/null)
    [ -z "${5-}" ] || echo "lhttp: $(($5 / 1000000)) MB so far" >&2
  done
}

# Succeeds if the server does not send the rest of an archive, or has sent another one. Fails if it was out of reach.
# BusyBox's wget does not tell the two apart.
is_refusal() {
  if has_command curl; then
    case $code in 0 | 22 | 33 | 36) return 0 ;; *) return 1 ;; esac
  fi
  case $code in 0 | 1 | 8) return 0 ;; *) return 1 ;; esac
}

fail_to_download() {
  if [ -s "$part" ]; then more='; the next start goes on from here'; else more=''; rm -f "$part"; fi
  fail "no JDK could be fetched from $url$(last_error)$more (LHTTP_JDK_URL names a mirror)"
}

# Prints the last line that the tool has written to its file of errors.
last_error() {
  last=''
  while IFS= read -r line || [ -n "$line" ]; do
    if [ -n "$line" ]; then last=$line; fi
  done <"$errors"
  if [ -n "$last" ]; then printf ': %s' "$last"; fi
}

# Succeeds if the archive has the SHA-256 of jdk.list; sets found to the one that it has.
is_intact() {
  if has_command sha256sum; then
    found=$(sha256sum <"$part")
  elif has_command shasum; then
    found=$(shasum -a 256 <"$part")
  else
    found=$(openssl dgst -sha256 -r <"$part")
  fi
  found=${found%%[!0-9a-f]*}
  [ "$found" = "$sum" ]
}

# Unpacks the archive, and sets jdk to the JDK in it.
unpack() {
  fresh=$download/unpacked
  rm -rf "$fresh"
  if ! attend extract; then discard "the JDK can't be unpacked into $fresh$(last_error)"; fi
  for candidate in "$fresh"/* "$fresh"/*/Contents/Home; do
    if new_enough "$candidate"; then break; fi
  done
  if [ -z "$jdk" ]; then discard "there is no JDK in the archive from $url"; fi
  if ! "$jdk/bin/java" -version >/dev/null 2>"$errors"; then
    discard "the JDK from $url does not run on this machine$(last_error)"
  fi
  ready=$jdks/$version-$platform
  rm -rf "$ready"
  mv "$fresh" "$ready" || discard "the JDK can't be moved to $ready"
  jdk=$ready${jdk#"$fresh"}
  rm -f "$part" "$errors"
}

extract() {
  umask 022
  mkdir "$fresh" 2>"$errors" || exit 1
  exec tar -xzof "$part" -C "$fresh" 2>"$errors"
}

# discard REASON: removes what was unpacked and the archive, and ends with an error.
discard() {
  rm -rf "$fresh" "$part"
  fail "$1"
}
