package io.lhttp.app.cli;

import java.io.PrintWriter;

/** Where a command writes: its results to {@code out}, messages about them to {@code err}. */
public record Output(PrintWriter out, PrintWriter err) {}
