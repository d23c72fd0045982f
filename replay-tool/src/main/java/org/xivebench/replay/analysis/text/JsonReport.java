package org.xivebench.replay.analysis.text;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Locale;
import org.xivebench.replay.analysis.model.Analysis;
import org.xivebench.replay.analysis.model.Breakdown;
import org.xivebench.replay.analysis.model.CallTree;
import org.xivebench.replay.analysis.model.Distribution;
import org.xivebench.replay.analysis.model.Figure;
import org.xivebench.replay.analysis.model.Finding;
import org.xivebench.replay.analysis.model.HeatMap;
import org.xivebench.replay.analysis.model.JvmAnalysis;
import org.xivebench.replay.analysis.model.Occurrence;
import org.xivebench.replay.analysis.model.Quantities;
import org.xivebench.replay.analysis.model.Section;
import org.xivebench.replay.analysis.model.Series;
import org.xivebench.replay.analysis.model.Table;
import org.xivebench.replay.analysis.model.Timeline;
import org.xivebench.replay.analysis.model.Unit;

/** The result as JSON; {@code docs/analyse.md} has the fields. */
public final class JsonReport {
  /** Raised when a field changes its name or its meaning; new fields do not raise it. */
  static final int VERSION = 1;

  private JsonReport() {}

  /** All of it. */
  public static ObjectNode of(Analysis analysis) {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.put("schema", "xivebench-analysis");
    root.put("version", VERSION);
    root.put("interrupted", analysis.interrupted());
    ArrayNode files = root.putArray("files");
    for (Analysis.SourceFile file : analysis.files()) {
      files
          .addObject()
          .put("name", file.name())
          .put("sizeBytes", file.bytes())
          .put("chunks", file.chunks())
          .put("unfinishedChunks", file.unfinishedChunks())
          .put("lostBytes", file.lostBytes());
    }
    root.put("lossCount", analysis.lossCount());
    analysis.losses().forEach(root.putArray("losses")::add);
    ArrayNode jvms = root.putArray("jvms");
    analysis.jvms().forEach(jvm -> jvms.add(jvm(jvm)));
    return root;
  }

  private static ObjectNode jvm(JvmAnalysis jvm) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("number", jvm.number()).put("name", jvm.name());
    jvm.files().forEach(node.putArray("files")::add);
    node.put("chunks", jvm.chunks())
        .put("start", Quantities.iso(jvm.startNanos()))
        .put("startEpochNanos", jvm.startNanos())
        .put("spanNanos", jvm.spanNanos())
        .put("events", jvm.events())
        .put("eventBytes", jvm.eventBytes());
    ArrayNode findings = node.putArray("findings");
    jvm.findings().forEach(finding -> findings.add(finding(finding)));
    ObjectNode sections = node.putObject("sections");
    jvm.sections().forEach(section -> sections.set(section.name(), section(section)));
    node.set("timeline", timeline(jvm.timeline()));
    return node;
  }

  /** A finding. */
  public static ObjectNode finding(Finding finding) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("rule", finding.rule())
        .put("severity", finding.severity().name().toLowerCase(Locale.ROOT))
        .put("summary", finding.summary())
        .put("explanation", finding.explanation())
        .put("remedy", finding.remedy())
        .put("section", finding.section());
  }

  private static ObjectNode section(Section section) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("title", section.title());
    section.notes().forEach(node.withArray("notes")::add);
    ObjectNode figures = node.putObject("figures");
    for (Figure figure : section.figures()) {
      put(figures, figure.fieldName(), figure.value());
    }
    ObjectNode breakdowns = node.putObject("breakdowns");
    section.breakdowns().forEach(b -> breakdowns.set(b.name(), breakdown(b)));
    ObjectNode tables = node.putObject("tables");
    section.tables().forEach(table -> tables.set(table.name(), table(table)));
    ObjectNode heatMaps = node.putObject("heatMaps");
    section.heatMaps().forEach(map -> heatMaps.set(map.name(), heatMap(map)));
    ObjectNode callTrees = node.putObject("callTrees");
    section.callTrees().forEach(tree -> callTrees.set(tree.name(), callTree(tree)));
    ObjectNode series = node.putObject("series");
    section.series().forEach(s -> series.set(s.unit().fieldName(s.name()), series(s)));
    return node;
  }

  /** A breakdown. */
  public static ObjectNode breakdown(Breakdown breakdown) {
    Unit unit = breakdown.unit();
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("title", breakdown.title()).put("key", breakdown.keyTitle());
    node.set("all", distribution(breakdown.all(), true));
    ArrayNode entries = node.putArray("entries");
    for (Breakdown.Entry entry : breakdown.entries()) {
      ObjectNode values = JsonNodeFactory.instance.objectNode();
      values.put("key", entry.key());
      values.setAll(distribution(entry.values(), false));
      entries.add(values);
    }
    node.put("omittedKeys", breakdown.omittedKeys());
    ArrayNode worst = node.putArray("worst");
    for (Occurrence occurrence : breakdown.worst()) {
      ObjectNode event =
          worst
              .addObject()
              .put("time", Quantities.iso(occurrence.timeNanos()))
              .put("timeEpochNanos", occurrence.timeNanos())
              .put(unit.fieldName("value"), occurrence.value())
              .put("thread", occurrence.thread())
              .put("what", occurrence.what());
      occurrence.frames().forEach(event.putArray("frames")::add);
    }
    return node;
  }

  /** The numbers of a distribution, the unit in the names of the fields. */
  public static ObjectNode distribution(Distribution d, boolean withCurve) {
    Unit unit = d.unit();
    ObjectNode node =
        JsonNodeFactory.instance
            .objectNode()
            .put("count", d.count())
            .put(unit.fieldName("total"), d.total())
            .put(unit.fieldName("min"), d.min())
            .put(unit.fieldName("p50"), d.p50())
            .put(unit.fieldName("p90"), d.p90())
            .put(unit.fieldName("p99"), d.p99())
            .put(unit.fieldName("p999"), d.p999())
            .put(unit.fieldName("max"), d.max());
    if (withCurve) {
      ArrayNode curve = node.putArray("curve");
      for (Distribution.Point point : d.curve()) {
        curve.addArray().add(point.percentile()).add(point.value());
      }
    }
    return node;
  }

  private static ObjectNode table(Table table) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("title", table.title());
    ArrayNode rows = node.putArray("rows");
    for (List<Object> row : table.rows()) {
      ObjectNode cells = rows.addObject();
      for (int i = 0; i < table.columns().size(); i++) {
        put(cells, table.columns().get(i).fieldName(), row.get(i));
      }
    }
    node.put("omittedRows", table.omittedRows());
    return node;
  }

  private static void put(ObjectNode node, String name, Object value) {
    if (value instanceof Long number) {
      node.put(name, number);
    } else if (value instanceof Double number) {
      node.put(name, number);
    } else {
      node.put(name, String.valueOf(value));
    }
  }

  private static ObjectNode heatMap(HeatMap map) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("title", map.title())
        .put("row", map.rowTitle())
        .put("column", map.columnTitle())
        .put("unit", map.unit().suffix());
    map.rows().forEach(node.putArray("rows")::add);
    map.columns().forEach(node.putArray("columns")::add);
    ArrayNode cells = node.putArray("cells");
    for (List<Long> row : map.cells()) {
      row.forEach(cells.addArray()::add);
    }
    node.put("omittedRows", map.omittedRows());
    return node;
  }

  private static ObjectNode callTree(CallTree tree) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("title", tree.title())
        .put("unit", tree.unit().suffix())
        .put(tree.unit().fieldName("truncatedTraces"), tree.truncatedTraces());
    node.set("root", node(tree.root()));
    return node;
  }

  private static ObjectNode node(CallTree.Node treeNode) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("method", treeNode.method()).put("total", treeNode.total());
    if (!treeNode.children().isEmpty()) {
      ArrayNode children = node.putArray("children");
      treeNode.children().forEach(child -> children.add(node(child)));
    }
    return node;
  }

  private static ArrayNode series(Series series) {
    ArrayNode values = JsonNodeFactory.instance.arrayNode();
    series.values().forEach(values::add);
    return values;
  }

  private static ObjectNode timeline(Timeline timeline) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("startEpochNanos", timeline.startNanos())
        .put("bucketNanos", timeline.bucketNanos())
        .put("buckets", timeline.buckets());
    ArrayNode lanes = node.putArray("lanes");
    for (Timeline.Lane lane : timeline.lanes()) {
      ObjectNode laneNode =
          lanes
              .addObject()
              .put("kind", lane.kind().name().toLowerCase(Locale.ROOT))
              .put("name", lane.name());
      ObjectNode tracks = laneNode.putObject("states");
      for (Timeline.Track track : lane.tracks()) {
        track.values().forEach(tracks.putArray(track.unit().fieldName(track.state()))::add);
      }
    }
    node.put("omittedLanes", timeline.omittedLanes());
    ArrayNode marks = node.putArray("marks");
    for (Timeline.Mark mark : timeline.marks()) {
      marks
          .addObject()
          .put("kind", mark.kind())
          .put("text", mark.text())
          .put("startEpochNanos", mark.startNanos())
          .put("durationNanos", mark.durationNanos());
    }
    return node.put("omittedMarks", timeline.omittedMarks());
  }
}
