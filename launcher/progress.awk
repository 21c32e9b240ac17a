# Shortens Maven's output to the modules that are being built, and errors. Exits with Maven's exit code.
/^\[INFO\] Building LHTTP/ {
  sub(/^\[INFO\] Building /, ""); sub(/ [0-9][^ ]* .*/, "")
  print "  " $0
}
/^\[ERROR\] Failed to execute goal/ { quiet = 1 }
/^\[ERROR\] / && !quiet { sub(/^\[ERROR\] /, ""); print "  " $0 }
/^  (symbol|location|required|found): / && !quiet { print "  " $0 }
/^exit code / { code = $3 }
{ fflush() }
END { exit code }
