package io.lhttp.app.cli;

import java.io.PrintWriter;

/** The output of a command: results, and messages about them. */
public record Output(PrintWriter out, PrintWriter err) {}
