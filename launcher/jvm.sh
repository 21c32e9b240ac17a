# shellcheck shell=sh disable=SC2034,SC2154
# How the JVM is started. Read by ../lhttp.

jvm_options='-Dio.netty.leakDetection.level=disabled --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow
  -XX:+UseCompactObjectHeaders -XX:+ExplicitGCInvokesConcurrent
  -Xlog:disable -Xlog:all=warning,aot*=off,cds*=off:stderr'

# The parts of the JDK in which the server looks for what holds replaced classes. Tests have the
# same in pom.xml.
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
  --add-opens=java.management/sun.management=ALL-UNNAMED
  --add-opens=jdk.management/com.sun.management.internal=ALL-UNNAMED
  --add-exports=java.base/jdk.internal.misc=ALL-UNNAMED
  --add-exports=java.base/jdk.internal.vm=ALL-UNNAMED"

# A developer waits for the start of a command; a server compiles for the long run. So serve compiles
# scripts and a developer's command interprets them, unless --scripts compiled|interpreted decides. A
# debugged command has the debugger on the class path, and no other. Sets mode, class_path,
# compiler_options, compiler, no_compiler, which is the reason why there is none, and debug, the port
# of dev --debug.
choose_runtime() {
  class_path=$target/lhttp-server.jar
  case ${1-} in
    serve) mode=$(end_without_memory) scripts=compiled ;;
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
    mode=${mode#-XX:TieredStopAtLevel=1} # it would stop before the compiler
    compiler=$target/compiler
    compiler_options='-XX:+UnlockExperimentalVMOptions -XX:+EnableJVMCI'
  fi
}

# Sets debugger: the JVM's option for dev --debug, unless LHTTP_JAVA_OPTIONS have it already.
choose_debugger() {
  debugger=''
  case ${LHTTP_JAVA_OPTIONS-} in *jdwp*) debug='' ;; esac
  [ -n "$debug" ] || return 0
  port=$("$jdk/bin/java" -XX:TieredStopAtLevel=1 -Xlog:disable -cp "$target/lhttp-server.jar" \
    io.lhttp.app.debug.DebugPort "$debug") || exit $?
  debugger="-agentlib:jdwp=transport=dt_socket,server=y,suspend=n,address=127.0.0.1:$port"
}

# The option with which a server ends once it has no memory. The JVM's own also ends it if classes
# reach a limit, which refuses a reload only; so with such a limit the server looks for the others.
end_without_memory() {
  case "${LHTTP_JAVA_OPTIONS-} ${JAVA_TOOL_OPTIONS-} ${JDK_JAVA_OPTIONS-}" in
    *MaxMetaspaceSize=* | *CompressedClassSpaceSize=*) echo '-Dlhttp.end-without-heap=true' ;;
    *) echo '-XX:+ExitOnOutOfMemoryError' ;;
  esac
}

# Whether the JDK lets a compiler be added to it.
has_compiler_interface() {
  while read -r line; do
    case $line in *jdk.internal.vm.ci*) return 0 ;; esac
  done <"$jdk/release"
  return 1
}

# The JVM reads and writes names of files in the encoding of the locale, and no option of its own
# changes that. Takes a locale with UTF-8 where the environment names none that this system has.
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
