// web/control-chart.js — control charts and funnels as drawings: what is outside stands in words too, and the arrow keys read point by point.
import {h, s} from './dom.js';
import {dateText, decimal, groupName, pick, periodText, t, unitName, valueText, whole} from './text.js';

const pointsMin = 10; // below, Anhøj's rules and limits say nothing
const narrow = 480, left = 52, right = 12, top = 24, bottom = 30;
const path = (points, pen = 'M') => points.map(([x, y]) => { const step = `${pen}${x.toFixed(1)} ${y.toFixed(1)}`; pen = 'L'; return step; }).join('');

/// The distance between about so many round numbers from low to high.
function stepOf(low, high, wanted) {
  const rough = (high - low) / wanted, power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 2.5, 5, 10].map((n) => n * power).find((n) => n >= rough);
}
function ticks(low, high, step) {
  const out = [];
  for (let at = Math.ceil(low / step) * step; at <= high + step / 1e6; at += step) out.push(Math.abs(at) < step / 1e6 ? 0 : at);
  return out;
}

function scales(width, height, values, spots) {
  const low = Math.min(...values), high = Math.max(...values), room = (high - low || Math.abs(high) || 1) * 0.12;
  const from = low >= 0 ? Math.max(0, low - room) : low - room, to = high + room;
  const begin = Math.min(...spots), end = Math.max(...spots), wide = end - begin || 1;
  return {from, to, x: (spot) => left + ((spot - begin) * (width - left - right)) / wide, y: (value) => top + ((to - value) * (height - top - bottom)) / (to - from)};
}

/// Level lines with numbers of the same precision, and above them what they are in.
function grid(scale, width, unit) {
  const step = stepOf(scale.from, scale.to, 6), digits = [0, 1, 2, 3].find((n) => Math.abs(step * 10 ** n - Math.round(step * 10 ** n)) < 1e-6) ?? 4;
  return [s('text', {class: 'cc-tick', x: 0, y: 11}, unitName(unit)), ticks(scale.from, scale.to, step).map((value) => [s('path', {class: 'cc-grid', d: `M${left} ${scale.y(value)}H${width - right}`}),
    s('text', {class: 'cc-tick', x: left - 6, y: scale.y(value) + 4, 'text-anchor': 'end'}, decimal(value, digits))])];
}

/// A mark that differs in shape, not in colour alone.
function mark(x, y, kind, here) {
  const r = here ? 6.5 : 4;
  if (kind === 'outside') return s('path', {class: 'cc-outside', d: `M${x} ${y - r - 2}l${r + 2} ${r + 2}l${-r - 2} ${r + 2}l${-r - 2} ${-r - 2}z`});
  return s('circle', {class: kind === 'tentative' ? 'cc-point tentative' : 'cc-point', cx: x, cy: y, r});
}

/// A figure whose drawing follows its width; arrow keys, Home and End walk the points, and what is read is said.
function figureOf({label, count, read, spot, draw, summary}) {
  const canvas = h('div', {class: 'cc-canvas'}), caption = h('figcaption', {'aria-live': 'polite'}, summary);
  let at = -1, width = 0;
  const redraw = () => canvas.replaceChildren(draw(width, width < narrow ? 230 : 310, at));
  const go = (next) => {
    at = Math.max(-1, Math.min(count - 1, next));
    caption.textContent = at < 0 ? summary : read(at);
    redraw();
  };
  const keys = {ArrowRight: () => at + 1, ArrowLeft: () => Math.max(0, at - 1), Home: () => 0, End: () => count - 1, Escape: () => -1};
  const box = h('figure', {class: 'chart control', tabindex: 0, role: 'group', 'aria-label': label, onkeydown: (event) => {
    if (!keys[event.key]) return;
    event.preventDefault();
    go(keys[event.key]());
  }, onpointermove: (event) => {
    const x = event.clientX - canvas.getBoundingClientRect().left;
    let best = 0;
    for (let i = 1; i < count; ++i) if (Math.abs(spot(i) - x) < Math.abs(spot(best) - x)) best = i;
    if (best !== at) go(best);
  }, onpointerleave: () => go(-1)}, canvas, caption);
  new ResizeObserver(() => {
    const now = Math.floor(canvas.clientWidth);
    if (now > 0 && now !== width) width = now, redraw();
  }).observe(canvas);
  return box;
}

const withUnit = (value, unit) => `${valueText(value, unit)} ${unitName(unit)}`.trim();
const limitsText = (limits, unit) => `${valueText(limits.lower, unit)}–${valueText(limits.upper, unit)}`;
const howToRead = (word) => h('details', {class: 'facts'}, h('summary', {}, t('howToRead')), h('p', {}, t(word)));

/// What a chart tells, in words: points outside, long runs, few crossings; that there is nothing is said as well.
export function findings(chart, unit) {
  const out = [];
  for (const phase of chart.phases) {
    for (const point of phase.points) if (point.limits?.outside) out.push(t('cc.outside', {x: periodText(point.period), value: withUnit(point.value, unit), limits: limitsText(point.limits, unit)}));
    if (!phase.rules) continue;
    if (phase.rules.longestRun > phase.rules.runLimit) out.push(t('cc.shift', {n: phase.rules.longestRun, limit: phase.rules.runLimit}));
    if (phase.rules.crossings < phase.rules.crossingLimit) out.push(t('cc.crossings', {n: phase.rules.crossings, limit: phase.rules.crossingLimit}));
  }
  return out;
}

/// One series of rows over time with its chart: limits, line, phases, annotations, target.
export function controlChart(rows, chart, {title, unit, target}) {
  const phases = chart?.phases ?? [];
  const known = new Map(phases.flatMap((phase) => phase.points.map((point) => [point.period, {...point, phase}])));
  const points = rows.map((row) => ({period: row.period, value: row.value, provisional: row.provisional, ...known.get(row.period)}));
  const notes = (chart?.annotations ?? []).map((note) => ({...note, at: points.findIndex((point, i) => point.period <= note.on && !(points[i + 1]?.period <= note.on))})).filter((note) => note.at >= 0);
  const shown = points.map((point, i) => [point, i]).filter(([point]) => point.value != null);
  const values = [...shown.map(([point]) => point.value), ...points.flatMap((point) => (point.limits ? [point.limits.lower, point.limits.upper] : [])), ...phases.map((phase) => phase.centre), ...(target == null ? [] : [target])];
  let scale;
  const spans = phases.map((phase) => ({phase, from: points.findIndex((point) => point.phase === phase), to: points.findLastIndex((point) => point.phase === phase)}));
  const draw = (width, height, at) => {
    scale = scales(width, height, values.length ? values : [0, 1], [-0.5, points.length - 0.5]);
    const {x, y} = scale, spot = ([point, i]) => [x(i), y(point.value)];
    const every = Math.ceil(points.length / Math.max(2, Math.floor(width / 90)));
    const band = spans.map(({phase}) => points.map((point, i) => [point, i]).filter(([point]) => point.phase === phase && point.limits)).filter((some) => some.length > 1);
    const young = points.findIndex((point) => point.provisional);
    return s('svg', {width, height, 'aria-hidden': 'true'}, grid(scale, width, unit),
      young >= 0 && s('rect', {class: 'cc-young', x: x(young - 0.5), y: top, width: Math.max(0, width - right - x(young - 0.5)), height: height - top - bottom}),
      band.map((some) => [s('path', {class: 'cc-band', d: `${path(some.map(([point, i]) => [x(i), y(point.limits.upper)]))}${path([...some].reverse().map(([point, i]) => [x(i), y(point.limits.lower)]), 'L')}Z`}),
        ['upper', 'lower'].map((side) => s('path', {class: 'cc-limit', d: path(some.map(([point, i]) => [x(i), y(point.limits[side])]))}))]),
      spans.map(({phase, from, to}) => s('path', {class: 'cc-centre', d: `M${x(from - 0.4)} ${y(phase.centre)}H${x(to + 0.4)}`})),
      spans.slice(1).map(({from}) => s('path', {class: 'cc-phase', d: `M${x(from - 0.5)} ${top}V${height - bottom}`})),
      target != null && s('path', {class: 'cc-target', d: `M${left} ${y(target)}H${width - right}`}),
      notes.map((note, n) => [s('path', {class: 'cc-note', d: `M${x(note.at)} ${top}V${height - bottom}`}), s('text', {class: 'cc-tick', x: x(note.at) + 3, y: top + 8}, n + 1)]),
      s('path', {class: 'cc-line', d: points.reduce((line, point, i) => (point.value == null ? line : `${line}${i && points[i - 1].value != null ? 'L' : 'M'}${x(i).toFixed(1)} ${y(point.value).toFixed(1)}`), '')}),
      shown.map((one, n) => mark(...spot(one), one[0].limits?.outside ? 'outside' : one[0].provisional ? 'tentative' : 'plain', n === at)),
      points.map((point, i) => i % every === 0 && s('text', {class: 'cc-tick', x: x(i), y: height - 8, 'text-anchor': 'middle'}, periodText(point.period))));
  };
  const read = (n) => {
    const [point] = shown[n];
    return [`${periodText(point.period)}: ${withUnit(point.value, unit)}`, point.provisional && `(${t('provisional')})`, point.limits && `· ${t('cc.limits')} ${limitsText(point.limits, unit)}`, point.limits?.outside && `· ${t('cc.isOutside')}`].filter(Boolean).join(' ');
  };
  const last = phases.at(-1);
  const kind = chart ? t(`chart.${chart.kind}`) : t('chart.run');
  const summary = [kind, last && `${t(chart.kind === 'run' ? 'medianLine' : 'cc.centre')} ${withUnit(last.centre, unit)}`, target != null && `${t('target')} ${withUnit(target, unit)}`, points.some((point) => point.provisional) && t('shaded')].filter(Boolean).join(' · ');
  const told = chart ? findings(chart, unit) : [];
  return h('div', {class: 'chart-and-words'}, figureOf({label: `${t('chartLabel', {x: title})}. ${t('cc.keys')}`, count: shown.length, summary, read, draw, spot: (n) => scale.x(shown[n][1])}),
    chart && (told.length ? h('ul', {class: 'findings'}, told.map((text) => h('li', {}, text))) : h('p', {class: 'facts'}, t(points.length < pointsMin ? 'cc.few' : 'cc.nothing'))),
    spans.slice(1).map(({phase, from}) => h('p', {class: 'facts'}, `${t('cc.phase')} ${periodText(points[from].period)}${pick(phase.why) ? `: ${pick(phase.why)}` : ''}`)),
    notes.length > 0 && h('ol', {class: 'facts'}, notes.map((note) => h('li', {}, `${dateText(note.on)}: ${pick(note.text)}`))), chart && howToRead(chart.kind === 'run' ? 'how.run' : 'how.time'));
}

/// Groups of one period by their size, between the limits that chance draws.
export function funnelChart(rows, chart, {title, unit}) {
  const size = new Map(rows.map((row) => [row.group, row.denominator]));
  const phase = chart.phases[0];
  const points = phase.points.map((point) => ({...point, size: size.get(point.group)})).filter((point) => point.size > 0).sort((a, b) => a.size - b.size);
  if (points.length < 2) return null;
  if (points.every((point) => point.limits.upper === 0)) return h('p', {class: 'facts'}, t('nothingToCompare'));
  const values = [phase.centre, ...points.flatMap((point) => [point.value, point.limits.lower, point.limits.upper])];
  let scale;
  const draw = (width, height, at) => {
    scale = scales(width, height, values, [0, points.at(-1).size * 1.03]);
    const {x, y} = scale;
    return s('svg', {width, height, 'aria-hidden': 'true'}, grid(scale, width, unit),
      ['upper', 'lower'].map((side) => [s('path', {class: 'cc-limit', d: path(points.map((point) => [x(point.size), y(point.limits[side])]))}), s('path', {class: 'cc-warning', d: path(points.map((point) => [x(point.size), y(point.warning[side])]))})]),
      s('path', {class: 'cc-centre', d: `M${left} ${y(phase.centre)}H${width - right}`}),
      points.map((point, i) => mark(x(point.size), y(point.value), point.limits.outside ? 'outside' : 'plain', i === at)),
      ticks(0, points.at(-1).size, Math.max(1, stepOf(0, points.at(-1).size, width < narrow ? 3 : 6))).map((value) => s('text', {class: 'cc-tick', x: x(value), y: height - 8, 'text-anchor': 'middle'}, whole(value))));
  };
  const read = (i) => `${groupName(points[i].group)}: ${withUnit(points[i].value, unit)} · ${t('cc.of', {n: whole(points[i].size)})} · ${t('cc.limits998')} ${limitsText(points[i].limits, unit)}${points[i].limits.outside ? ` · ${t('cc.isOutside')}` : ''}`;
  const outside = points.filter((point) => point.limits.outside);
  return h('div', {class: 'chart-and-words'}, figureOf({label: `${t('cc.funnelLabel', {x: title})}. ${t('cc.keys')}`, count: points.length, read, draw, spot: (i) => scale.x(points[i].size),
    summary: `${t(`chart.${chart.kind}`)} · ${t('cc.centre')} ${withUnit(phase.centre, unit)} · ${t('cc.funnelLines')}`}),
    outside.length ? h('ul', {class: 'findings'}, outside.map((point) => h('li', {}, t('cc.outside998', {x: groupName(point.group), value: withUnit(point.value, unit), limits: limitsText(point.limits, unit)})))) : h('p', {class: 'facts'}, t('cc.noneOutside')), howToRead('how.funnel'));
}
