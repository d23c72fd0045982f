package org.xivebench.replay.explore;

import java.util.List;

/**
 * A schedule that failed.
 *
 * @param what what went wrong
 * @param choices what runs it again
 */
public record Failure(Throwable what, List<Integer> choices) {}
