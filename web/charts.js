// web/charts.js — sparklines as small drawings, the run chart by uPlot, bars by a dimension.
import {h, s} from './dom.js';
import {periodText, t, unitName, valueText} from './text.js';

/// Values may be null (hidden or missing): the line breaks there.
export function sparkline(values, {width = 160, height = 40, zero = false, label = '', from = values.length} = {}) {
  const known = values.filter((value) => value != null);
  const drawing = s('svg', {viewBox: `0 0 ${width} ${height}`, class: 'spark', role: 'img', 'aria-label': label, preserveAspectRatio: 'none'});
  if (known.length < 2) return drawing;
  const low = zero ? 0 : Math.min(...known), high = Math.max(...known, zero ? 1 : low + 1e-9);
  const x = (i) => 2 + (i * (width - 4)) / (values.length - 1);
  const y = (value) => height - 3 - ((value - low) * (height - 6)) / (high - low || 1);
  const path = (first, last) => {
    let line = '', pen = 'M';
    for (let i = Math.max(0, first); i <= last; ++i) {
      if (values[i] == null) pen = 'M';
      else line += `${pen}${x(i).toFixed(1)} ${y(values[i]).toFixed(1)}`, pen = 'L';
    }
    return line;
  };
  if (zero && known.length === values.length) drawing.append(s('path', {class: 'area', d: `${path(0, values.length - 1)}L${x(values.length - 1)} ${height}L${x(0)} ${height}Z`}));
  drawing.append(s('path', {class: 'line', d: path(0, from - 1)}));
  if (from < values.length) drawing.append(s('path', {class: 'line tentative', d: path(from - 1, values.length - 1)}));
  const last = values.length - 1;
  if (!zero && values[last] != null) drawing.append(s('circle', {cx: x(last), cy: y(values[last]), r: 2.6, class: 'dot'}));
  return drawing;
}

export function median(values) {
  const sorted = values.filter((value) => value != null).sort((a, b) => a - b);
  const n = sorted.length;
  return n === 0 ? null : n % 2 ? sorted[(n - 1) / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
}

const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/// Run chart: the series, its median over mature periods, the target, shading over what is not yet mature.
export function runChart(rows, {title, unit, target}) {
  const box = h('figure', {class: 'chart', role: 'img', 'aria-label': t('chartLabel', {x: title})});
  const values = rows.map((row) => row.value);
  const middle = median(rows.map((row) => (row.provisional ? null : row.value))) ?? median(values);
  const tentative = rows.findIndex((row) => row.provisional);
  const xs = rows.map((_, i) => i);
  const flat = (value) => xs.map(() => value);
  const shade = (u) => {
    if (tentative < 0) return;
    const left = u.valToPos(Math.max(0, tentative - 0.5), 'x', true);
    u.ctx.save();
    u.ctx.fillStyle = color('--shade');
    u.ctx.fillRect(left, u.bbox.top, u.bbox.left + u.bbox.width - left, u.bbox.height);
    u.ctx.restore();
  };
  const axis = {stroke: color('--muted'), grid: {stroke: color('--line'), width: 1}, ticks: {stroke: color('--line')}, font: '12px system-ui, sans-serif'};
  const series = [{}, {label: title, stroke: color('--accent'), width: 2, points: {show: true, size: 6, fill: color('--card')}}, {label: t('medianLine'), stroke: color('--muted'), width: 1.5, points: {show: false}}];
  const data = [xs, values, flat(middle)];
  if (target != null) {
    series.push({label: t('target'), stroke: color('--good'), width: 1.5, dash: [6, 4], points: {show: false}});
    data.push(flat(target));
  }
  const plot = new uPlot({
    width: 600, height: 300, series, legend: {show: false}, cursor: {drag: {x: false, y: false}},
    scales: {x: {time: false, range: [-0.5, Math.max(0.5, rows.length - 0.5)]}, y: {range: (u, low, high) => {
      const room = (high - low || Math.abs(high) || 1) * 0.15;
      return [low >= 0 ? Math.max(0, low - room) : low - room, high + room];
    }}},
    axes: [{...axis, incrs: [1, 2, 3, 6, 12, 24], space: 70, values: (u, ticks) => ticks.map((tick) => (rows[tick] ? periodText(rows[tick].period) : ''))},
           {...axis, size: 58, values: (u, ticks) => ticks.map(valueText)}],
    hooks: {drawClear: [shade], setCursor: [(u) => {
      const row = rows[u.cursor.idx];
      reading.textContent = row ? `${periodText(row.period)}: ${valueText(row.value, unit)} ${unitName(unit)}${row.provisional ? ` (${t('provisional')})` : ''}` : summary;
    }]},
  }, data, box);
  const summary = `${t('medianLine')} ${valueText(middle)} ${unitName(unit)}${target != null ? ` · ${t('target')} ${valueText(target)}` : ''}${tentative >= 0 ? ` · ${t('shaded')}` : ''}`;
  const reading = h('figcaption', {}, summary);
  box.append(reading);
  const fit = new ResizeObserver(() => {
    const width = Math.floor(box.clientWidth);
    if (width > 0 && width !== plot.width) plot.setSize({width, height: width < 480 ? 220 : 300});
  });
  fit.observe(box);
  return box;
}

/// One bar a group, widest first; hidden numbers show as a hatched stub with "<5".
export function bars(rows, {name, unit, personsMin}) {
  const high = Math.max(...rows.map((row) => row.value ?? 0), 1e-9);
  return h('ul', {class: 'bars'}, rows.map((row) => {
    const share = row.suppressed ? 6 : Math.max(0.5, (100 * (row.value ?? 0)) / high);
    return h('li', {}, h('span', {class: 'bar-name'}, name(row.group)),
      s('svg', {viewBox: '0 0 100 10', preserveAspectRatio: 'none', 'aria-hidden': 'true'}, s('rect', {class: row.suppressed ? 'bar hidden-bar' : row.provisional ? 'bar tentative' : 'bar', width: share, height: 10, rx: 0.8})),
      h('span', {class: 'bar-value'}, row.suppressed ? h('abbr', {title: t('hidden', {n: personsMin})}, `<${personsMin}`) : `${valueText(row.value, unit)} ${unitName(unit)}`));
  }));
}
