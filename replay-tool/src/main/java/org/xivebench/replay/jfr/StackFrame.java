package org.xivebench.replay.jfr;

/**
 * A frame of a stack trace.
 *
 * @param method null when the recording does not say
 * @param lineNumber 0 or less when not known
 * @param bytecodeIndex index of the instruction in the method's byte code
 * @param type {@code Interpreted}, {@code JIT compiled}, {@code Inlined}, {@code Native} and the
 *     like; null when not recorded
 */
public record StackFrame(MethodInfo method, int lineNumber, int bytecodeIndex, String type) {}
