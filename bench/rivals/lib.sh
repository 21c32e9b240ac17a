# Functions for the scripts of all rivals. Each script is called as `run prepare`, `run version` and `run start PORT
# SCRATCH`. `prepare` fetches the pinned version, or prints on standard error why it can't, and fails. `start` becomes
# the server on 127.0.0.1:PORT.
set -eu
here=$(cd "$(dirname "$0")" && pwd)

missing() {
  echo "$1" >&2
  exit 1
}

need() {
  command -v "$1" >/dev/null 2>&1 || missing "no program $1"
}

# Installs the packages of package-lock.json, unless they are installed.
npm_install() {
  need node
  need npm
  installed=$here/node_modules/.package-lock.json
  if [ ! -f "$installed" ] || [ "$here/package-lock.json" -nt "$installed" ]; then
    (cd "$here" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2) || missing "npm can't install it"
    touch "$installed"
  fi
}

npm_version() {
  node -p "require('$here/node_modules/$1/package.json').version"
}

java=${JAVA_HOME:+$JAVA_HOME/bin/}java

# Compiles pom.xml and src into target/classes, with the libraries in target/lib, unless that is done.
maven_compile() {
  if [ ! -d "$here/target/lib" ] || [ -n "$(find "$here/pom.xml" "$here/src" -newer "$here/target/lib")" ]; then
    mvn=mvn
    command -v mvn >/dev/null 2>&1 || mvn=$here/../../../mvnw
    MAVEN_OPTS='--enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow' \
      $mvn -q -B -f "$here/pom.xml" compile dependency:copy-dependencies -DoutputDirectory="$here/target/lib" >&2 ||
      missing "Maven can't build it"
    touch "$here/target/lib"
  fi
}
