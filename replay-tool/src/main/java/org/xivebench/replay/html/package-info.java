/**
 * An analysis as a page of HTML. The page's parts are resources beside this package; it embeds the
 * analysis as JSON and draws it itself, with Apache ECharts.
 */
package org.xivebench.replay.html;
