# Sums up Surefire's reports. Prints a line for each test that failed or was skipped, and the totals.
function attribute(name) {
  return match($0, " " name "=\"[^\"]*\"") ? substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 4) : ""
}
/^ *<testsuite / {
  tests += attribute("tests"); errors += attribute("errors")
  failures += attribute("failures"); skipped += attribute("skipped")
}
/^ *<testcase / { test = attribute("classname") "." attribute("name") }
/^ *<(failure|error)[ >]/ { print "failed:  " test }
/^ *<skipped/ { print "not run: " test ": " attribute("message") }
END {
  printf "%d passed, %d failed, %d skipped\n", tests - errors - failures - skipped, errors + failures, skipped
}
