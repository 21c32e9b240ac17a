# shellcheck shell=sh disable=SC2034,SC2154
# Whether scripts are compiled or interpreted. Read by ../lhttp.

# The compiler takes the place of a module of the JDK, which its AOT cache does not allow: a server
# compiles, a developer's command starts fast, and --scripts compiled|interpreted decides otherwise.
# Sets runtime and compiler_options.
choose_runtime() {
  scripts=interpreted
  if [ "${1-}" = serve ]; then scripts=compiled; fi
  previous=
  for word in "$@"; do
    case $word in
      --scripts=*) scripts=${word#--scripts=} ;;
      *) if [ "$previous" = --scripts ]; then scripts=$word; fi ;;
    esac
    previous=$word
  done
  runtime=-XX:AOTCache=$cache
  compiler_options=
  if [ "$scripts" = compiled ] && [ -d "$target/compiler" ] && grep -q 'jdk\.internal\.vm\.ci' "$jdk/release"; then
    mode=${mode#-XX:TieredStopAtLevel=1} # it would stop before the compiler
    runtime=--upgrade-module-path=$target/compiler
    compiler_options='-XX:+UnlockExperimentalVMOptions -XX:+EnableJVMCI'
  fi
}
