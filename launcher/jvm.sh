# shellcheck shell=sh disable=SC2034,SC2154
# How the JVM is started. Read by ../lhttp.

jvm_options='-Dio.netty.leakDetection.level=disabled --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow
  -XX:+UseCompactObjectHeaders -Xlog:disable -Xlog:all=warning,aot*=off,cds*=off:stderr'

# Whoever waits for a developer's command waits for the start; a server compiles for the long run.
# The scripts' compiler takes the place of a module of the JDK, which its AOT cache does not allow: a
# server compiles them, a developer's command starts fast, and --scripts compiled|interpreted decides
# otherwise. Who debugs has the debugger on the class path, and nobody else. Sets mode, runtime,
# compiler_options and class_path; reads cache, which only a checkout has.
choose_runtime() {
  class_path=$target/lhttp-server.jar
  case ${1-} in
    serve) mode='-XX:+ExitOnOutOfMemoryError' scripts=compiled ;;
    *) mode='-XX:TieredStopAtLevel=1' scripts=interpreted ;;
  esac
  previous=
  for word in "$@"; do
    case $word in
      --scripts=*) scripts=${word#--scripts=} ;;
      --inspect | --inspect=*) class_path=$class_path:$target/inspector/\* ;;
      *) if [ "$previous" = --scripts ]; then scripts=$word; fi ;;
    esac
    previous=$word
  done
  runtime=${cache:+-XX:AOTCache=$cache}
  compiler_options=
  if [ "$scripts" = compiled ] && [ -d "$target/compiler" ] && grep -q 'jdk\.internal\.vm\.ci' "$jdk/release"; then
    mode=${mode#-XX:TieredStopAtLevel=1} # it would stop before the compiler
    runtime=--upgrade-module-path=$target/compiler
    compiler_options='-XX:+UnlockExperimentalVMOptions -XX:+EnableJVMCI'
  fi
}
