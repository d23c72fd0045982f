package org.xivebench.replay.explore;

import java.util.List;

/**
 * A schedule that failed.
 *
 * @param what what went wrong
 * @param actors the names of the actors
 * @param steps what they did, in order
 * @param choices what runs it again
 */
public record Failure(
    Throwable what, List<String> actors, List<ScheduleStep> steps, List<Integer> choices) {}
