package org.xivebench.itest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import jdk.jfr.Recording;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.interactions.Actions;
import org.openqa.selenium.interactions.WheelInput.ScrollOrigin;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;
import org.xivebench.itest.Distribution.Outcome;

/**
 * The page that {@code analyse --html} writes, opened from disk in a headless Chromium. Where none
 * is installed the tests are skipped, unless {@code -Dxivebench.browser=required} says that they
 * must run.
 */
@Timeout(180)
class ReportPageTest {
  private static final Path CHROMIUM = Path.of("/usr/bin/chromium");
  private static final Path DRIVER = Path.of("/usr/bin/chromedriver");

  /** A thread that calls itself so must not get markup into the page. */
  private static final String HOSTILE =
      "<script>window.hacked=1</script><img src=x onerror=hacked=1>";

  @TempDir private static Path scratch;

  private static ChromeDriver browser;

  @BeforeAll
  static void openBrowser() {
    boolean there = Files.isExecutable(CHROMIUM) && Files.isExecutable(DRIVER);
    if (!"required".equals(System.getProperty("xivebench.browser"))) {
      assumeTrue(there, "no Chromium with its driver is installed");
    }
    assertTrue(there, "packages chromium and chromium-driver are required");
    LoggingPreferences logs = new LoggingPreferences();
    logs.enable(LogType.BROWSER, java.util.logging.Level.ALL);
    ChromeOptions options = new ChromeOptions();
    options.setBinary(CHROMIUM.toFile());
    options.setCapability("goog:loggingPrefs", logs);
    options.addArguments(
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--window-size=1400,1000",
        "--user-data-dir=" + scratch.resolve("profile"));
    browser =
        new ChromeDriver(
            new ChromeDriverService.Builder().usingDriverExecutable(DRIVER.toFile()).build(),
            options);
  }

  @AfterAll
  static void closeBrowser() {
    if (browser != null) {
      browser.quit();
    }
  }

  private static void open(Path recording) throws IOException, InterruptedException {
    Path page = scratch.resolve(recording.getFileName() + ".html");
    Outcome outcome =
        Distribution.run(
            scratch, Map.of(), "analyse", recording.toString(), "--html", page.toString());
    assertEquals("", outcome.err());
    assertEquals(0, outcome.exitCode());
    assertTrue(Files.size(page) < 5_000_000, "size of the page: " + Files.size(page));
    browser.get(page.toUri().toString());
    List<LogEntry> console = browser.manage().logs().get(LogType.BROWSER).getAll();
    assertEquals(List.of(), console);
  }

  private static Path sample() {
    return Distribution.home().resolve("samples").resolve("snap-xive.jfr");
  }

  private static Object ask(String script, Object... arguments) {
    return browser.executeScript(script, arguments);
  }

  /** Width of the part of the timeline that is shown, in percent. */
  private static double shown() {
    return ((Number)
            ask(
                "const zoom = echarts.getInstanceByDom(document.getElementById('jvm1-timeline'))"
                    + ".getOption().dataZoom[0]; return zoom.end - zoom.start;"))
        .doubleValue();
  }

  @Test
  void benchTrace_hasEveryKindOfChart_andEachIsDrawn() throws Exception {
    open(sample());

    List<WebElement> charts = browser.findElements(By.cssSelector(".chart"));
    assertTrue(charts.size() >= 3, "charts: " + charts.size());
    for (WebElement chart : charts) {
      Object painted =
          ask(
              "const canvas = arguments[0].querySelector('canvas');"
                  + "const data = canvas.getContext('2d')"
                  + ".getImageData(0, 0, canvas.width, canvas.height).data;"
                  + "return data.some((value) => value !== 0);",
              chart);
      assertEquals(true, painted, "nothing is drawn in " + chart.getAttribute("id"));
    }
    Object kinds =
        ask(
            "return [...new Set(charts.flatMap((each) => each.instance.getOption().series"
                + ".map((series) => series.type)))].sort().join()");
    assertTrue(kinds.toString().contains("custom"), kinds.toString());
    assertTrue(kinds.toString().contains("heatmap"), kinds.toString());
    assertTrue(kinds.toString().contains("line"), kinds.toString());
  }

  @Test
  void wheelWithControl_zoomsTheTimeline_andTheWheelAloneDoesNot() throws Exception {
    open(sample());
    WebElement timeline = browser.findElement(By.id("jvm1-timeline"));
    browser.executeScript("arguments[0].scrollIntoView({block: 'center'})", timeline);

    assertEquals(100, shown());
    new Actions(browser).scrollFromOrigin(ScrollOrigin.fromElement(timeline), 0, -50).perform();
    assertEquals(100, shown());
    new Actions(browser)
        .keyDown(Keys.CONTROL)
        .scrollFromOrigin(ScrollOrigin.fromElement(timeline), 0, -50)
        .keyUp(Keys.CONTROL)
        .perform();
    assertTrue(shown() < 100, "shown after zoom: " + shown());
  }

  @Test
  void button_changesTheme_andChartsFollow_withTheirZoom() throws Exception {
    open(sample());
    ask(
        "echarts.getInstanceByDom(document.getElementById('jvm1-timeline'))"
            + ".dispatchAction({type: 'dataZoom', start: 20, end: 40});");
    String ground = "return getComputedStyle(document.body).backgroundColor";
    Object before = ask(ground);

    browser.findElement(By.id("theme")).click();

    assertFalse(ask(ground).equals(before), "the ground stays " + before);
    assertEquals(20, shown(), 0.01);
  }

  @Test
  void headOfColumn_sortsTheTable() throws Exception {
    open(sample());
    WebElement table =
        browser.findElements(By.tagName("table")).stream()
            .filter(each -> each.findElements(By.cssSelector("tbody tr")).size() > 3)
            .findFirst()
            .orElseThrow();
    WebElement head = table.findElement(By.cssSelector("th.number button"));

    head.click();
    assertEquals(
        "descending", table.findElement(By.cssSelector("th[aria-sort]")).getAttribute("aria-sort"));
    head.click();
    assertEquals(
        "ascending", table.findElement(By.cssSelector("th[aria-sort]")).getAttribute("aria-sort"));
  }

  @Test
  void threadNamedLikeMarkup_isText() throws Exception {
    Path recording = scratch.resolve("hostile.jfr");
    try (Recording recorder = new Recording()) {
      recorder.enable("jdk.ThreadPark").withThreshold(java.time.Duration.ZERO).withStackTrace();
      recorder.start();
      Thread hostile =
          new Thread(HOSTILE) {
            @Override
            public void run() {
              for (int i = 0; i < 20; i++) {
                LockSupport.parkNanos(1_000_000);
              }
            }
          };
      hostile.start();
      hostile.join();
      recorder.stop();
      recorder.dump(recording);
    }

    open(recording);

    assertNull(ask("return window.hacked ?? null"));
    Object lanes =
        ask(
            "return echarts.getInstanceByDom(document.getElementById('jvm1-timeline'))"
                + ".getOption().yAxis[0].data.join('|')");
    assertTrue(lanes.toString().contains(HOSTILE), lanes.toString());
    assertEquals(0, browser.findElements(By.cssSelector("#report img")).size());
  }

  /** For the documentation: {@code -Dxivebench.screenshots=docs/images}. */
  @Test
  void screenshots() throws Exception {
    String folder = System.getProperty("xivebench.screenshots", "");
    assumeTrue(!folder.isEmpty(), "no folder for screenshots is named");
    open(sample());
    Path light = Path.of(folder).resolve("report-light.png");
    Files.createDirectories(light.toAbsolutePath().getParent());
    Files.write(light, browser.getScreenshotAs(OutputType.BYTES));
    browser.findElement(By.id("theme")).click();
    Files.write(light.resolveSibling("report-dark.png"), browser.getScreenshotAs(OutputType.BYTES));
  }
}
