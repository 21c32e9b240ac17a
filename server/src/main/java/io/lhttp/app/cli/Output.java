package io.lhttp.app.cli;

import java.io.PrintWriter;

/** A command writes its results to {@code out}, and messages about them to {@code err}. */
public record Output(PrintWriter out, PrintWriter err) {}
