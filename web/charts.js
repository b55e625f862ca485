// web/charts.js — sparklines as small drawings, bars by a dimension.
import {h, s} from './dom.js';
import {t, unitName, valueText} from './text.js';

/// Values may be null (hidden or missing): the line breaks there.
export function sparkline(values, {width = 160, height = 40, zero = false, label = '', from = values.length} = {}) {
  const known = values.filter((value) => value != null);
  const drawing = s('svg', {viewBox: `0 0 ${width} ${height}`, class: 'spark', role: 'img', 'aria-label': label, preserveAspectRatio: 'none'});
  if (known.length < 2) return drawing;
  const low = zero ? 0 : Math.min(...known), high = Math.max(...known, zero ? 1 : low + 1e-9);
  const x = (i) => 2 + (i * (width - 4)) / (values.length - 1);
  const y = (value) => (high - low > 1e-6 ? height - 3 - ((value - low) * (height - 6)) / (high - low) : height / 2);
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

/// One bar a group, widest first; a hidden number has none, for its length would be read.
export function bars(rows, {name, unit, personsMin}) {
  const high = Math.max(...rows.map((row) => row.value ?? 0), 1e-9);
  return h('ul', {class: 'bars'}, rows.map((row) => {
    const share = Math.max(0.5, (100 * (row.value ?? 0)) / high);
    return h('li', {}, h('span', {class: 'bar-name'}, name(row.group)),
      s('svg', {viewBox: '0 0 100 10', preserveAspectRatio: 'none', 'aria-hidden': 'true'}, !row.suppressed && s('rect', {class: row.provisional ? 'bar tentative' : 'bar', width: share, height: 10, rx: 0.8})),
      h('span', {class: 'bar-value'}, row.suppressed ? h('abbr', {title: t('hidden', {n: personsMin})}, `<${personsMin}`) : `${valueText(row.value, unit)} ${unitName(unit)}`));
  }));
}
