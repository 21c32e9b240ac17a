package io.lhttp.app.cli;

import java.io.PrintWriter;

/** Where a command writes: results, and what is said beside them. */
public record Output(PrintWriter out, PrintWriter err) {}
