package org.xivebench.replay.explore;

import org.xivebench.sync.PointKind;

/**
 * One step of a schedule: what an actor was about to do when it was its turn.
 *
 * @param actor index of the actor
 * @param kind what it was about to do
 * @param subject the object concerned, by name
 */
public record ScheduleStep(int actor, PointKind kind, String subject) {}
