/** A backend as a third party would write it; a test packs it into a bundle of its own. */
package org.xivebench.itest.third;
