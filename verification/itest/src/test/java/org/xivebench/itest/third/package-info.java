/** What third parties would write; tests pack each class into a bundle of its own. */
package org.xivebench.itest.third;
