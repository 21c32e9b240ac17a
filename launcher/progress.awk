# Maven's output in short: the module that is being built, and errors. Exits as Maven did.
/^\[INFO\] Building LHTTP/ {
  sub(/^\[INFO\] Building /, ""); sub(/ [0-9.]+ .*/, "")
  print "  " $0
}
/^\[ERROR\] Failed to execute goal/ { quiet = 1 }
/^\[ERROR\] / && !quiet { sub(/^\[ERROR\] /, ""); print "  " $0 }
/^  (symbol|location|required|found): / && !quiet { print "  " $0 }
/^exit code / { code = $3 }
{ fflush() }
END { exit code }
