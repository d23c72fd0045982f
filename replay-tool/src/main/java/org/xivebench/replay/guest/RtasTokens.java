package org.xivebench.replay.guest;

/** The numbers by which the guest calls RTAS, as its device tree has them. */
public record RtasTokens(int setXive, int intOff, int intOn) {}
