# shellcheck shell=sh disable=SC2034,SC2154
# Chooses the JVM's options. ../lhttp includes this file.

jvm_options='-Dio.netty.leakDetection.level=disabled --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow
  -XX:+UseCompactObjectHeaders -XX:+ExplicitGCInvokesConcurrent
  -Xlog:disable -Xlog:all=warning,aot*=off,cds*=off:stderr'

# Keeps resident memory near what is in use: the heap is small at first, and grows until collections take at most a
# fiftieth of the time. After a minute without a collection, unused heap goes back to the system, and so does freed native
# memory.
jvm_options="$jvm_options
  -Xms16m -XX:GCTimeRatio=49 -XX:MinHeapFreeRatio=10 -XX:MaxHeapFreeRatio=20
  -XX:G1PeriodicGCInterval=60000 -XX:TrimNativeHeapInterval=60000"

# choose_memory: adds options that depend on the memory of the machine or container. Regions of 1 MB round a small heap
# up by less; a heap of many gigabytes would have too many of them, and the JVM chooses larger ones. Two arenas of native
# memory keep less freed memory than glibc's eight for each processor.
choose_memory() {
  find_megabytes
  if [ "$megabytes" -gt 0 ] && [ "$megabytes" -le 32768 ]; then jvm_options="$jvm_options -XX:G1HeapRegionSize=1m"; fi
  export MALLOC_ARENA_MAX="${MALLOC_ARENA_MAX-2}"
}

# Sets megabytes to the memory of the machine or the container, or to 0 if the system does not say. LHTTP_SYSTEM names
# another root folder, for tests.
find_megabytes() {
  megabytes=0
  if [ -r "${LHTTP_SYSTEM-}/proc/meminfo" ]; then
    read -r _ kilobytes _ <"${LHTTP_SYSTEM-}/proc/meminfo"
    megabytes=$((kilobytes / 1024))
  fi
  if [ -r "${LHTTP_SYSTEM-}/sys/fs/cgroup/memory.max" ]; then
    read -r bytes <"${LHTTP_SYSTEM-}/sys/fs/cgroup/memory.max"
    case $bytes in
      '' | *[!0-9]*) ;; # max: the container has no limit
      *) if [ $((bytes / 1048576)) -lt "$megabytes" ]; then megabytes=$((bytes / 1048576)); fi ;;
    esac
  fi
}

# Opens the JDK's packages in which the server searches for references to replaced classes. pom.xml has the same list
# for tests.
jvm_options="$jvm_options
  --add-opens=java.base/java.io=ALL-UNNAMED
  --add-opens=java.base/java.lang=ALL-UNNAMED
  --add-opens=java.base/java.lang.reflect=ALL-UNNAMED
  --add-opens=java.base/java.net=ALL-UNNAMED
  --add-opens=java.base/java.security=ALL-UNNAMED
  --add-opens=java.base/java.util=ALL-UNNAMED
  --add-opens=java.base/java.util.concurrent=ALL-UNNAMED
  --add-opens=java.base/java.util.concurrent.atomic=ALL-UNNAMED
  --add-opens=java.base/jdk.internal.ref=ALL-UNNAMED
  --add-opens=java.logging/java.util.logging=ALL-UNNAMED
  --add-opens=java.management/com.sun.jmx.interceptor=ALL-UNNAMED
  --add-opens=java.management/com.sun.jmx.mbeanserver=ALL-UNNAMED
  --add-opens=java.management/javax.management=ALL-UNNAMED
  --add-opens=java.management/sun.management=ALL-UNNAMED
  --add-opens=java.rmi/sun.rmi.transport=ALL-UNNAMED
  --add-opens=jdk.httpserver/sun.net.httpserver=ALL-UNNAMED
  --add-opens=jdk.management/com.sun.management.internal=ALL-UNNAMED
  --add-exports=java.base/jdk.internal.misc=ALL-UNNAMED
  --add-exports=java.base/jdk.internal.vm=ALL-UNNAMED"

# choose_runtime COMMAND OPTION…: serve compiles scripts, for speed in the long run; all other commands interpret them,
# for a fast start. --scripts compiled|interpreted overrides that. Only a command with --inspect gets the script
# debugger on its class path.
#
# Sets mode (options of the JIT compiler and for a full heap), class_path, compiler and compiler_options (the scripts'
# compiler), no_compiler (the reason why there is none), debug (the port of dev --debug) and kind ("-plain" if serve
# starts without code of the user's, "-scripts" if that has nothing in Java).
choose_runtime() {
  class_path=$target/lhttp-server.jar kind=''
  case ${1-} in
    serve)
      mode=$(end_without_memory) scripts=compiled
      case " $* " in
        *' --help '* | *' -h '*) ;; # this prepares the cache of any application
        *) choose_kind "$@" ;;
      esac
      ;;
    *) mode='-XX:TieredStopAtLevel=1' scripts=interpreted ;;
  esac
  previous='' debug=''
  for word in "$@"; do
    case $word in
      --scripts=*) scripts=${word#--scripts=} ;;
      --inspect | --inspect=*) class_path=$class_path:$target/inspector/\* ;;
      --debug) debug=5005 ;;
      --debug=*) debug=${word#--debug=} ;;
      *)
        case $previous in
          --scripts) scripts=$word ;;
          --debug)
            case $word in
              *[!0-9]* | '') ;;
              *) debug=$word ;;
            esac
            ;;
        esac
        ;;
    esac
    previous=$word
  done
  [ "${1-}" = dev ] || debug=''
  compiler_options='' compiler='' no_compiler=''
  [ "$scripts" = compiled ] || return 0
  if [ ! -d "$target/compiler" ]; then
    no_compiler="there is no folder $target/compiler"
  elif ! has_compiler_interface; then
    no_compiler="the JDK in $jdk has no module jdk.internal.vm.ci"
  else
    mode=${mode#-XX:TieredStopAtLevel=1} # this option would turn off the compiler of scripts
    compiler=$target/compiler
    compiler_options='-XX:+UnlockExperimentalVMOptions -XX:+EnableJVMCI'
  fi
}

# choose_kind WORD…: sets kind by the application in the folder among these words, or else in the current folder.
choose_kind() {
  application=.
  for word; do
    if [ -d "$word" ]; then application=$word; fi
  done
  kind=-plain
  for code in "$application"/filters "$application"/processors "$application"/lib "$application"/*.java; do
    [ -e "$code" ] || continue
    kind=-scripts
    # Without find, any code counts as Java.
    if [ -n "$(find -L "$code" \( -name '*.java' -o -name '*.jar' -o -name '*.class' \) 2>&1)" ]; then
      kind=''
      return
    fi
  done
}

# Sets debugger to the JVM's option for dev --debug, unless LHTTP_JAVA_OPTIONS already contain a debugger.
choose_debugger() {
  debugger=''
  case ${LHTTP_JAVA_OPTIONS-} in *jdwp*) debug='' ;; esac
  [ -n "$debug" ] || return 0
  port=$("$jdk/bin/java" -XX:TieredStopAtLevel=1 -Xlog:disable -cp "$target/lhttp-server.jar" \
    io.lhttp.app.debug.DebugPort "$debug") || exit $?
  debugger="-agentlib:jdwp=transport=dt_socket,server=y,suspend=n,address=127.0.0.1:$port"
}

# Prints the option with which a server ends when its heap is full. The JVM's own option would also end it when its
# classes reach a limit, which must only refuse a reload; with such a limit the server itself ends for a full heap.
end_without_memory() {
  case "${LHTTP_JAVA_OPTIONS-} ${JAVA_TOOL_OPTIONS-} ${JDK_JAVA_OPTIONS-}" in
    *MaxMetaspaceSize=* | *CompressedClassSpaceSize=*) echo '-Dlhttp.end-without-heap=true' ;;
    *) echo '-XX:+ExitOnOutOfMemoryError' ;;
  esac
}

# The JVM's own errors under a limit of virtual memory name neither the limit nor the remedy.
warn_of_virtual_memory() {
  limit=$(ulimit -v 2>/dev/null) || return 0
  case $limit in
    '' | *[!0-9]*) return 0 ;;
  esac
  if [ "$limit" -lt 6000000 ]; then
    echo "lhttp: virtual memory is limited to $((limit / 1000)) MB (ulimit -v), and a JVM reserves some 6000 MB, most of which it never uses: raise the limit; -Xmx limits the heap" >&2
  fi
}

# Succeeds if the JDK accepts a compiler in Java (the module jdk.internal.vm.ci).
has_compiler_interface() {
  while read -r line; do
    case $line in *jdk.internal.vm.ci*) return 0 ;; esac
  done <"$jdk/release"
  return 1
}

# The JVM encodes file names by the locale, and has no option for that. Sets a UTF-8 locale if the environment's locale
# is missing on this system or has another encoding.
use_utf8() {
  if has_command locale; then
    case $(locale charmap 2>/dev/null) in
      UTF-8 | utf-8 | UTF8 | utf8) return 0 ;;
    esac
  fi
  found=C.UTF-8
  if has_command locale; then
    for name in $(locale -a 2>/dev/null); do
      case $name in
        C.UTF-8 | C.utf8)
          found=$name
          break
          ;;
        *.UTF-8 | *.utf8) found=$name ;;
      esac
    done
  fi
  export LC_ALL="$found"
}

has_command() {
  command -v "$1" >/dev/null
}
