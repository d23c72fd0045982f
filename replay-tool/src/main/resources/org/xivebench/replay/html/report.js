// Draws the report: reads the analysis that is embedded in the page, builds tables and charts of it.
// What comes from the recording becomes text nodes, or passes escape(): never markup.
'use strict';

const report = document.getElementById('report');
const analysis = JSON.parse(document.getElementById('analysis').textContent);
const escape = echarts.format.encodeHTML;
const charts = [];

// ---- small helpers ----

/** An element with text or children; attributes named as in markup. */
function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (value !== null && value !== undefined) made.setAttribute(key, value);
  }
  for (const child of children) {
    if (child !== null && child !== undefined) made.append(child);
  }
  return made;
}

const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

const grouped = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

function count(value) {
  return grouped.format(value);
}

/** Nanoseconds, in the unit that suits them. */
function nanos(value) {
  const size = Math.abs(value);
  if (size >= 60e9) return (value / 60e9).toFixed(1) + ' min';
  if (size >= 1e9) return (value / 1e9).toFixed(2) + ' s';
  if (size >= 1e6) return (value / 1e6).toFixed(2) + ' ms';
  if (size >= 1e3) return (value / 1e3).toFixed(2) + ' µs';
  return Math.round(value) + ' ns';
}

function bytes(value) {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let size = value;
  let unit = 0;
  while (Math.abs(size) >= 1024 && unit < units.length - 1) {
    size /= 1024;
    unit++;
  }
  return (unit === 0 ? grouped.format(size) : size.toFixed(1)) + ' ' + units[unit];
}

/** A value in a unit of the analysis. */
function inUnit(value, unit) {
  if (value === null || value === undefined) return '–';
  if (typeof value !== 'number') return String(value);
  switch (unit) {
    case 'NANOS': return nanos(value);
    case 'EPOCH_NANOS': return clock(value);
    case 'BYTES': return bytes(value);
    case 'BYTES_PER_SECOND': return bytes(value) + '/s';
    case 'PER_SECOND': return value.toPrecision(4) + '/s';
    case 'RATIO': return (100 * value).toFixed(1) + ' %';
    default: return Number.isInteger(value) ? count(value) : value.toPrecision(4);
  }
}

/** A point in time, as the reader's own clock has it. */
function clock(epochNanos) {
  return new Date(epochNanos / 1e6).toISOString().replace('T', ' ').replace('Z', ' UTC');
}

// ---- charts ----

/** Makes a chart of a height; option() is asked again when the theme changes. */
function chart(parent, id, heightPixels, label, option) {
  const box = element('div', { class: 'chart', id, role: 'img', 'aria-label': label });
  box.style.height = heightPixels + 'px';
  parent.append(box);
  charts.push({ box, option, instance: null });
  return box;
}

function palette() {
  return document.documentElement.dataset.theme === 'dark'
    ? ['#7fb0ff', '#ffc266', '#7ed4a0', '#ff8a80', '#c9a6ff', '#7fd6e0', '#e6d36a', '#f2a6c8']
    : ['#1f5fbf', '#b86e00', '#1a6b3c', '#b3261e', '#6a3fb0', '#0a7080', '#7a6a00', '#a03070'];
}

function basis() {
  const text = css('--text');
  return {
    animation: false,
    backgroundColor: 'transparent',
    color: palette(),
    textStyle: { color: text, fontFamily: 'system-ui, sans-serif' },
    // Patterns beside colours: charts can be read without colour.
    aria: { enabled: true, decal: { show: true } },
    tooltip: {
      backgroundColor: css('--card'),
      borderColor: css('--line'),
      textStyle: { color: text },
      confine: true,
    },
    legend: { textStyle: { color: text }, type: 'scroll', top: 0 },
  };
}

function axis(more) {
  return {
    axisLabel: { color: css('--faint') },
    axisLine: { lineStyle: { color: css('--line') } },
    splitLine: { lineStyle: { color: css('--line') } },
    nameTextStyle: { color: css('--faint') },
    ...more,
  };
}

function draw() {
  for (const each of charts) {
    const kept = each.instance?.getOption()?.dataZoom;
    each.instance?.dispose();
    each.instance = echarts.init(each.box, null, { renderer: 'canvas' });
    each.instance.setOption(each.option());
    if (kept) each.instance.setOption({ dataZoom: kept });
    each.bind?.(each.instance);
  }
}

function zoomable(axes) {
  return [
    { type: 'inside', filterMode: 'weakFilter', zoomOnMouseWheel: 'ctrl', ...axes },
    {
      type: 'slider', filterMode: 'weakFilter', bottom: 4, height: 22,
      textStyle: { color: css('--faint') }, ...axes,
    },
  ];
}

/** The timeline of a JVM: marks first, then a lane for each vCPU and thread. */
function timeline(parent, id, data) {
  const kinds = [...new Set(data.marks.map((mark) => mark.kind))];
  const names = [...kinds, ...data.lanes.map((lane) => lane.name)];
  const bucketMillis = data.bucketNanos / 1e6;
  const spanMillis = bucketMillis * data.buckets;
  const states = [...new Set(data.lanes.flatMap((lane) => lane.tracks.map((track) => track.state)))];
  const busiest = new Map(states.map((state) => [state, Math.max(1, ...data.lanes
    .flatMap((lane) => lane.tracks)
    .filter((track) => track.state === state)
    .flatMap((track) => track.values))]));
  const marks = data.marks.map((mark) => {
    const start = (mark.startNanos - data.startNanos) / 1e6;
    return {
      value: [start, kinds.indexOf(mark.kind), start + mark.durationNanos / 1e6],
      name: mark.text, nanos: mark.durationNanos,
    };
  });
  const cells = new Map(states.map((state) => [state, []]));
  data.lanes.forEach((lane, index) => lane.tracks.forEach((track, row) => {
    track.values.forEach((value, bucket) => {
      if (value <= 0) return;
      // Time is a share of the bucket; samples are compared with the busiest bucket of all.
      const share = Math.min(1, value / (track.unit === 'NANOS' ? data.bucketNanos
        : busiest.get(track.state)));
      cells.get(track.state).push({
        value: [bucket * bucketMillis, kinds.length + index, (bucket + 1) * bucketMillis, share],
        amount: value, unit: track.unit, row, rows: lane.tracks.length,
      });
    });
  }));
  const height = 110 + Math.max(3, names.length) * 26;
  chart(parent, id, height, 'Timeline with a lane for each kind of pause, vCPU and thread', () => {
    const colors = palette();
    const rectangle = (params, api, top, tall, fill, opacity) => {
      const from = api.coord([api.value(0), api.value(1)]);
      const to = api.coord([api.value(2), api.value(1)]);
      const lane = api.size([0, 1])[1] * 0.8;
      const shape = echarts.graphic.clipRectByRect({
        x: from[0], y: from[1] - lane / 2 + top * lane,
        width: Math.max(to[0] - from[0], 1.5), height: Math.max(tall * lane, 1.5),
      }, params.coordSys);
      return shape && { type: 'rect', shape, style: { fill, opacity } };
    };
    const custom = (name, dataOf, color, render) => ({
      name, type: 'custom', data: dataOf, encode: { x: [0, 2], y: 1 }, progressive: 5000,
      itemStyle: { color }, renderItem: render,
    });
    return {
      ...basis(),
      aria: { enabled: true },
      grid: { left: 180, right: 24, top: 32, bottom: 58 },
      xAxis: axis({
        type: 'value', min: 0, max: spanMillis,
        axisLabel: { color: css('--faint'), formatter: (value) => nanos(value * 1e6) },
      }),
      yAxis: axis({
        type: 'category', data: names, inverse: true,
        axisLabel: { color: css('--text'), width: 165, overflow: 'truncate', interval: 0 },
      }),
      dataZoom: zoomable({ xAxisIndex: 0 }),
      tooltip: {
        ...basis().tooltip,
        formatter: (at) => '<b>' + escape(names[at.value[1]]) + '</b><br>at '
          + nanos(at.value[0] * 1e6) + '<br>' + (at.data.amount === undefined
            ? escape(at.name) + ', ' + nanos(at.data.nanos)
            : escape(at.seriesName) + ': ' + escape(inUnit(at.data.amount, at.data.unit)) + ' of '
              + nanos(data.bucketNanos)),
      },
      series: [
        custom('pauses and swaps', marks, colors[3],
          (params, api) => rectangle(params, api, 0, 1, colors[3], 0.9)),
        ...states.map((state, index) => custom(state, cells.get(state), colors[index % colors.length],
          (params, api) => {
            const cell = cells.get(state)[params.dataIndex];
            const part = 1 / cell.rows;
            const tall = part * (0.15 + 0.85 * api.value(3));
            return rectangle(params, api, cell.row * part + part - tall, tall,
              colors[index % colors.length], 0.9);
          })),
      ],
    };
  });
  const more = [
    data.omittedLanes > 0 ? `${count(data.omittedLanes)} more threads with less time` : null,
    data.omittedMarks > 0 ? `${count(data.omittedMarks)} shorter pauses` : null,
  ].filter(Boolean);
  parent.append(element('p', { class: 'faint' },
    'To zoom, drag the ends of the slider, or turn the mouse wheel with Ctrl. A bar is as high as the '
    + 'share of its time that was spent so.' + (more.length ? ' Not shown: ' + more.join(', ') + '.' : '')));
}

/** Lines over time: [{name, unit, points: [[millis, value], …]}, …] of one unit. */
function counters(parent, id, label, unit, lines) {
  chart(parent, id, 260, label, () => ({
    ...basis(),
    grid: { left: 90, right: 24, top: 32, bottom: 58 },
    xAxis: axis({
      type: 'value', min: 'dataMin', max: 'dataMax',
      axisLabel: { color: css('--faint'), formatter: (value) => nanos(value * 1e6) },
    }),
    yAxis: axis({
      type: 'value',
      axisLabel: { color: css('--faint'), formatter: (value) => inUnit(value, unit) },
    }),
    dataZoom: zoomable({ xAxisIndex: 0 }),
    tooltip: {
      ...basis().tooltip,
      trigger: 'axis',
      formatter: (rows) => nanos(rows[0].value[0] * 1e6) + rows.map((row) =>
        '<br>' + escape(row.seriesName) + ': ' + escape(inUnit(row.value[1], unit))).join(''),
    },
    series: lines.map((line, index) => ({
      name: line.name, type: 'line', data: line.points, showSymbol: false,
      lineStyle: { width: 1.5, type: ['solid', 'dashed', 'dotted'][index % 3] },
    })),
  }));
}

/** Percentile curves: x is 1 / (1 − percentile), so that each nine takes the same width. */
function percentiles(parent, id, curves) {
  const unitOf = curves[0].unit;
  chart(parent, id, 380, 'Latency by percentile, both axes logarithmic', () => ({
    ...basis(),
    grid: { left: 90, right: 24, top: 40, bottom: 48 },
    xAxis: axis({
      type: 'log', min: 1, name: 'percentile', nameLocation: 'middle', nameGap: 28,
      axisLabel: {
        color: css('--faint'),
        formatter: (value) => +(100 * (1 - 1 / value)).toPrecision(7) + ' %',
      },
    }),
    yAxis: axis({
      type: 'log',
      axisLabel: { color: css('--faint'), formatter: (value) => inUnit(value, unitOf) },
    }),
    dataZoom: [{ type: 'inside', xAxisIndex: 0, zoomOnMouseWheel: 'ctrl' }],
    tooltip: {
      ...basis().tooltip,
      trigger: 'axis',
      formatter: (rows) => +(100 * (1 - 1 / rows[0].value[0])).toPrecision(7) + ' %'
        + rows.map((row) =>
          '<br>' + escape(row.seriesName) + ': ' + escape(inUnit(row.value[1], unitOf))).join(''),
    },
    series: curves.map((curve, index) => ({
      name: curve.name, type: 'line', showSymbol: true, symbolSize: 5,
      symbol: ['circle', 'rect', 'triangle', 'diamond'][index % 4],
      lineStyle: { type: ['solid', 'dashed', 'dotted'][index % 3] },
      data: curve.points
        .filter((point) => point[0] < 100 && point[1] > 0)
        .map((point) => [1 / (1 - point[0] / 100), point[1]]),
    })),
  }));
}

/** A matrix of counts: rows, columns, cells [[column, row, value], …]. */
function heatMap(parent, id, label, data) {
  const height = Math.min(900, 120 + 22 * data.rows.length);
  const most = Math.max(1, ...data.cells.map((cell) => cell[2]));
  chart(parent, id, height, label, () => ({
    ...basis(),
    aria: { enabled: true },
    grid: { left: 170, right: 24, top: 12, bottom: 84 },
    xAxis: axis({ type: 'category', data: data.columns }),
    yAxis: axis({
      type: 'category', data: data.rows, inverse: true,
      axisLabel: { color: css('--text'), width: 155, overflow: 'truncate' },
    }),
    visualMap: {
      min: 0, max: most, calculable: true, orient: 'horizontal', left: 'center', bottom: 4,
      textStyle: { color: css('--faint') },
      inRange: {
        color: document.documentElement.dataset.theme === 'dark'
          ? ['#1d2f4a', '#7fb0ff', '#ffe9a8'] : ['#e8f0fb', '#1f5fbf', '#0b1f40'],
      },
    },
    dataZoom: [{ type: 'inside', yAxisIndex: 0, zoomOnMouseWheel: 'ctrl' }],
    tooltip: {
      ...basis().tooltip,
      formatter: (at) => escape(data.rows[at.value[1]]) + '<br>' + escape(data.columns[at.value[0]])
        + '<br>' + escape(inUnit(at.value[2], data.unit)),
    },
    series: [{
      type: 'heatmap', data: data.cells,
      label: { show: data.columns.length <= 16, formatter: (at) => inUnit(at.value[2], data.unit) },
      itemStyle: { borderColor: css('--ground'), borderWidth: 1 },
    }],
  }));
}

/** A flame graph of a call tree; a click makes a frame the whole width. */
function flameGraph(parent, id, label, root, unit) {
  let focus = root;
  const depthOf = (node) => 1 + Math.max(0, ...(node.children ?? []).map(depthOf));
  const rows = Math.min(60, depthOf(root));
  const bar = element('p', { class: 'faint' });
  const reset = element('button', { type: 'button', id: id + '-reset' }, 'Whole graph');
  bar.append(reset, ' Click a frame to enlarge it.');
  parent.append(bar);
  const colorOf = (name) => {
    let hash = 0;
    for (const letter of name.split('(')[0]) hash = (hash * 31 + letter.charCodeAt(0)) | 0;
    const dark = document.documentElement.dataset.theme === 'dark';
    return `hsl(${20 + Math.abs(hash) % 40}, ${dark ? 45 : 75}%, ${dark ? 38 : 72}%)`;
  };
  const place = (node, from, depth, into) => {
    if (depth >= 60) return;
    into.push({ value: [from, depth, from + node.total], name: node.method, node });
    let at = from;
    for (const child of node.children ?? []) {
      place(child, at, depth + 1, into);
      at += child.total;
    }
  };
  const box = chart(parent, id, 40 + 20 * rows, label, () => {
    const frames = [];
    place(focus, 0, 0, frames);
    return {
      ...basis(),
      aria: { enabled: true },
      grid: { left: 0, right: 0, top: 4, bottom: 4 },
      xAxis: { type: 'value', min: 0, max: focus.total, show: false },
      yAxis: { type: 'value', min: 0, max: rows, inverse: true, show: false },
      tooltip: {
        ...basis().tooltip,
        formatter: (at) => escape(at.name) + '<br>'
          + escape(inUnit(at.value[2] - at.value[0], unit)) + ', '
          + (100 * (at.value[2] - at.value[0]) / root.total).toFixed(2) + ' %',
      },
      series: [{
        type: 'custom', data: frames, encode: { x: [0, 2], y: 1 }, progressive: 4000,
        renderItem: (params, api) => {
          const from = api.coord([api.value(0), api.value(1)]);
          const to = api.coord([api.value(2), api.value(1) + 1]);
          const width = to[0] - from[0];
          if (width < 0.5) return null;
          const name = frames[params.dataIndex].name;
          return {
            type: 'rect',
            shape: { x: from[0], y: from[1], width: Math.max(width - 1, 0.5), height: to[1] - from[1] - 1 },
            style: { fill: colorOf(name) },
            textContent: width < 30 ? undefined : {
              style: {
                text: name, fill: css('--text'), width: width - 8, overflow: 'truncate', fontSize: 11,
              },
            },
            textConfig: { position: 'insideLeft' },
          };
        },
      }],
    };
  });
  const mine = charts.find((each) => each.box === box);
  const show = (node) => {
    focus = node;
    mine.instance.setOption(mine.option(), true);
  };
  mine.bind = (instance) => instance.on('click', (at) => at.data?.node && show(at.data.node));
  reset.addEventListener('click', () => show(root));
}

// ---- tables ----

/** A table of columns [{name, unit}] and rows of values; a click on a head sorts. */
function table(parent, columns, rows, most = 50) {
  const head = element('tr');
  const body = element('tbody');
  const isNumber = (column) =>
    column.unit !== undefined && column.unit !== 'TEXT';
  const fill = (sorted) => {
    body.replaceChildren(...sorted.slice(0, most).map((row) => element('tr', {},
      ...columns.map((column, index) => element('td', isNumber(column) ? { class: 'number' } : {},
        inUnit(row[index], column.unit))))));
  };
  columns.forEach((column, index) => {
    let descending = true;
    const button = element('button', { type: 'button' }, column.name);
    button.addEventListener('click', () => {
      const sorted = [...rows].sort((a, b) => {
        const order = typeof a[index] === 'number' && typeof b[index] === 'number'
          ? a[index] - b[index] : String(a[index]).localeCompare(String(b[index]));
        return descending ? -order : order;
      });
      for (const other of head.children) other.removeAttribute('aria-sort');
      button.parentElement.setAttribute('aria-sort', descending ? 'descending' : 'ascending');
      descending = !descending;
      fill(sorted);
    });
    head.append(element('th', isNumber(column) ? { class: 'number', scope: 'col' } : { scope: 'col' },
      button));
  });
  fill(rows);
  parent.append(element('div', { class: 'scroll' },
    element('table', {}, element('thead', {}, head), body)));
  if (rows.length > most) {
    parent.append(element('p', { class: 'faint' },
      `${count(rows.length - most)} more rows are in the JSON output; sorting looks at all.`));
  }
}

function facts(parent, pairs) {
  parent.append(element('dl', { class: 'facts' },
    ...pairs.flatMap(([name, value]) => [element('dt', {}, name), element('dd', {}, value)])));
}

/** A finding, with a link to the section that shows more. */
function finding(each, prefix) {
  const severity = each.severity.toLowerCase();
  return element('article', { class: 'finding ' + severity },
    element('p', {}, element('span', { class: 'severity' }, severity), ' ',
      element('strong', {}, each.summary), ' ', element('span', { class: 'faint' }, each.rule)),
    each.explanation ? element('p', {}, each.explanation) : null,
    each.remedy ? element('p', {}, element('em', {}, 'What to do: '), each.remedy) : null,
    each.section ? element('p', {}, element('a', { href: '#' + prefix + each.section }, 'Details')) : null);
}

function heading(level, text, id) {
  return element('h' + level, id ? { id } : {}, text);
}

// ---- sections ----

function distributionColumns(keyTitle, unit) {
  return [
    { name: keyTitle }, { name: 'count', unit: 'COUNT' }, { name: 'total', unit },
    { name: 'p50', unit }, { name: 'p90', unit }, { name: 'p99', unit }, { name: 'p99.9', unit },
    { name: 'max', unit },
  ];
}

function distributionRow(key, values) {
  return [key, values.count, values.total, values.p50, values.p90, values.p99, values.p999, values.max];
}

function curveOf(name, values) {
  return {
    name, unit: values.unit, points: values.curve.map((point) => [point.percentile, point.value]),
  };
}

function omitted(parent, number, what) {
  if (number > 0) {
    parent.append(element('p', { class: 'faint' }, `${count(number)} more ${what}.`));
  }
}

function breakdown(parent, id, data) {
  parent.append(heading(3, data.title));
  const rows = data.entries.map((entry) => distributionRow(entry.key, entry.values));
  table(parent, distributionColumns(data.keyTitle, data.all.unit),
    [distributionRow('all', data.all), ...rows]);
  omitted(parent, data.omittedKeys, 'with smaller totals');
  const curves = [curveOf('all', data.all),
    ...data.entries.slice(0, 7).map((entry) => curveOf(entry.key, entry.values))]
    .filter((curve) => curve.points.length > 1);
  if (data.all.count >= 10 && curves.length) percentiles(parent, id + '-percentiles', curves);
  if (data.worst.length) {
    const shown = element('details', {}, element('summary', {}, 'The worst'));
    table(shown, [
      { name: 'at', unit: 'EPOCH_NANOS' }, { name: 'value', unit: data.all.unit }, { name: 'thread' },
      { name: 'what' }, { name: 'stack' },
    ], data.worst.map((each) =>
      [each.timeNanos, each.value, each.thread, each.what, each.frames.join(' ← ')]));
    parent.append(shown);
  }
}

function section(parent, prefix, data, times) {
  const id = prefix + data.name;
  parent.append(heading(2, data.title, id));
  if (data.figures.length) {
    facts(parent, data.figures.map((figure) => [figure.title, inUnit(figure.value, figure.unit)]));
  }
  for (const note of data.notes) parent.append(element('p', { class: 'faint' }, note));
  data.series.forEach((series) => {
    const points = series.values.map((value, bucket) => [bucket * times.bucketNanos / 1e6, value]);
    parent.append(heading(3, series.title));
    counters(parent, `${id}-${series.name}`, series.title, series.unit,
      [{ name: series.title, points }]);
  });
  data.heatMaps.forEach((map) => {
    parent.append(heading(3, map.title));
    heatMap(parent, `${id}-${map.name}`, map.title, {
      rows: map.rows, columns: map.columns.map((column) => map.columnTitle + ' ' + column),
      unit: map.unit,
      cells: map.cells.flatMap((row, y) => row.map((value, x) => [x, y, value]))
        .filter((cell) => cell[2] > 0),
    });
    omitted(parent, map.omittedRows, map.rowTitle);
  });
  data.breakdowns.forEach((each) => breakdown(parent, `${id}-${each.name}`, each));
  data.tables.forEach((each) => {
    parent.append(heading(3, each.title));
    table(parent, each.columns.map((column) => ({ name: column.title, unit: column.unit })), each.rows);
    omitted(parent, each.omittedRows, 'rows');
  });
  data.callTrees.forEach((tree) => {
    parent.append(heading(3, tree.title));
    flameGraph(parent, `${id}-${tree.name}`, tree.title, {
      ...tree.root, method: tree.root.method || 'all',
    }, tree.unit);
  });
}

function jvm(data) {
  const prefix = `jvm${data.number}-`;
  const box = element('section', { id: `jvm${data.number}` });
  report.append(box);
  const filled = data.sections.filter((each) => !isEmpty(each));
  if (analysis.jvms.length > 1) box.append(heading(2, `JVM ${data.number}: ${data.name}`));
  facts(box, [
    ['JVM', data.name],
    ['Recorded', clock(data.startNanos) + ', for ' + nanos(data.endNanos - data.startNanos)],
    ['Events', `${count(data.events)} in ${count(data.chunks)} chunks, ${bytes(data.eventBytes)}`],
    ...(analysis.files.length > 1 ? [['Files', data.files.join(', ')]] : []),
  ]);
  box.append(heading(2, 'Findings', prefix + 'findings'));
  if (data.findings.length === 0) box.append(element('p', {}, 'No rule found anything.'));
  for (const each of data.findings) box.append(finding(each, prefix));
  box.append(element('nav', {}, ...filled.map((each) =>
    element('a', { href: '#' + prefix + each.name }, each.title))));
  if (data.timeline && (data.timeline.lanes.length || data.timeline.marks.length)) {
    box.append(heading(2, 'Timeline', prefix + 'time'));
    timeline(box, prefix + 'timeline', data.timeline);
  }
  for (const each of filled) section(box, prefix, each, data.timeline);
  const silent = data.sections.filter(isEmpty).map((each) => each.title);
  if (silent.length) {
    box.append(element('p', { class: 'faint' }, 'The recording tells nothing about: '
      + silent.join(', ') + '.'));
  }
}

function isEmpty(each) {
  return ['figures', 'breakdowns', 'tables', 'callTrees', 'heatMaps', 'series']
    .every((part) => each[part].length === 0);
}

// ---- the page ----

function theme(name) {
  document.documentElement.dataset.theme = name;
  draw();
}

const dark = window.matchMedia('(prefers-color-scheme: dark)');
document.documentElement.dataset.theme = dark.matches ? 'dark' : 'light';
dark.addEventListener('change', () => theme(dark.matches ? 'dark' : 'light'));

const toggle = element('button', { type: 'button', id: 'theme' }, 'Light or dark');
toggle.addEventListener('click', () =>
  theme(document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark'));
const paths = analysis.files.map((file) => file.name);
const names = paths.map((path) => path.split('/').pop()).join(', ');
document.title = 'xivebench: ' + names;
report.append(element('header', {}, element('h1', { title: paths.join('\n') }, names), toggle));
if (analysis.interrupted) {
  report.append(element('p', { class: 'finding warning' },
    'The analysis was ended early: all numbers are of what had been read by then.'));
}
if (analysis.lossCount > 0) {
  const list = element('details', { class: 'finding error' }, element('summary', {},
    `${count(analysis.lossCount)} damaged places were passed over`));
  for (const loss of analysis.losses.slice(0, 100)) list.append(element('p', {}, loss));
  report.append(list);
}
analysis.jvms.forEach(jvm);
draw();
let resized = 0;
window.addEventListener('resize', () => {
  cancelAnimationFrame(resized);
  resized = requestAnimationFrame(() => charts.forEach((each) => each.instance.resize()));
});
