# shellcheck shell=sh disable=SC2154
# Installs LHTTP's artifacts, with sources and Javadoc, for users' Maven projects. ../lhttp includes this file.

# This file contains the path of the artifact that was installed last.
installed=$target/installed

# Installs the artifacts if they are missing or old. Sets artifacts to yes if Maven finds them.
install_if_changed() {
  if ! up_to_date; then
    find_unwritable
    if [ -n "$unwritable" ]; then
      echo "lhttp: LHTTP's artifacts are not installed for Maven, as $(user) may not write in $unwritable" >&2
      return 0
    fi
    in_turn install_artifacts
  fi
  artifacts=yes
}

up_to_date() {
  [ -e "$installed" ] && [ -z "$(find "$stamp" -newer "$installed")" ] || return 1
  IFS= read -r last <"$installed" && [ -e "$last" ]
}

install_artifacts() {
  if up_to_date; then return; fi
  attend_installation "$libraries"
  awk '/ Installing .* to .*\.jar$/ { sub(/.* to /, ""); last = $0 } END { print last }' "$log" >"$installed"
}

# attend_installation MODULES [OPTION]: installs modules, and those that they need, by Maven with this option.
attend_installation() {
  echo "lhttp: installing LHTTP's artifacts for Maven, with sources and Javadoc" >&2
  modules=$1
  shift
  if ! attend maven_briefly -pl "$modules" -am package install:install -Dlhttp.libraries "$@"; then
    fail "LHTTP's artifacts could not be installed; all that Maven said is in $log"
  fi
}

# Installs every published artifact, and prints its coordinates.
install_all() {
  find_unwritable
  [ -z "$unwritable" ] || fail "LHTTP's artifacts can't be built, as $(user) may not write in $unwritable"
  in_turn attend_installation "$libraries,brokers/nats,scripts,integrations/spring-boot,server" -Pspring -Dmaven.javadoc.skip=false
  awk '
    / Installing .* to .*\.pom$/ {
      sub(/.* to /, "")
      n = split($0, part, "/")
      if (!folder) { folder = part[1]; for (i = 2; i <= n - 5; i++) folder = folder "/" part[i] }
      print "io.lhttp:" part[n - 2] ":" part[n - 1]
    }
    END { print "lhttp: these are in " folder }
  ' "$log"
}

# The modules that applications and their tests may use. Maven builds the modules that these need before them.
libraries=bom,filters/presence,filters/multipart,filters/pubsub,filters/auth,filters/rate-limit,filters/quota,filters/upstream,clients/java,testing
