/**
 * What is explored: a VM with a real backend, the release of its device, and the paths into the
 * device that run beside it. {@link org.xivebench.replay.explore.scenario.Scenarios} lists them; a
 * group of paths has a class, which makes its scenarios with {@link
 * org.xivebench.replay.explore.scenario.Scenario#named} around a {@link
 * org.xivebench.replay.explore.scenario.Stage}.
 */
package org.xivebench.replay.explore.scenario;
