package io.lhttp.app;

import java.io.PrintWriter;

/** Where a command writes: results, and what is said beside them. */
record Output(PrintWriter out, PrintWriter err) {}
