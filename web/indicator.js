// web/indicator.js — one indicator: run chart, numbers by a dimension, definition, and how it was known on a day.
import {get} from './api.js';
import {bars} from './charts.js';
import {controlChart, funnelChart} from './control-chart.js';
import {h, link, show, table} from './dom.js';
import {badges, stateMark} from './goals.js';
import {ageText, dateText, dayText, groupName, periodText, pick, t, unitName, valueText, whole} from './text.js';

const choices = {period: 'month', by: '', known: ''};

const compared = new Set(['region', 'municipality', 'unit']); // sexes and ages are no units to compare

function address(id, period, by, chart) {
  const query = new URLSearchParams({period, revisions: 'true'});
  if (by) query.set('by', by);
  if (chart) query.set('chart', chart);
  if (choices.known) query.set('as-known-on', choices.known);
  return `/api/v1/indicators/${encodeURIComponent(id)}?${query}`;
}

function select(id, label, value, options, changed) {
  return h('div', {class: 'control'}, h('label', {for: id}, label),
    h('select', {id, onchange: (event) => changed(event.target.value)}, options.map(([key, text]) => h('option', {value: key, selected: key === value}, text))));
}

function controls(changed) {
  const set = (name) => (value) => {
    choices[name] = value;
    changed();
  };
  return h('form', {class: 'controls', onsubmit: (event) => event.preventDefault()},
    select('period', t('period'), choices.period, ['week', 'month', 'quarter', 'year'].map((key) => [key, t(key)]), set('period')),
    select('by', t('by'), choices.by, ['', 'region', 'municipality', 'unit', 'sex', 'age_band'].map((key) => [key, t(key || 'total')]), set('by')),
    h('div', {class: 'control'}, h('label', {for: 'known'}, t('asKnown')), h('input', {id: 'known', type: 'date', value: choices.known, onchange: (event) => set('known')(event.target.value)})));
}

const hidden = (min) => h('abbr', {title: t('hidden', {n: min})}, `<${min}`);

/// Where a number's contributions are: a look that needs a role and is logged.
function down(data, row) {
  const query = new URLSearchParams({at: row.period, version: data.version});
  if (data.by) query.set('by', data.by), query.set('group', row.group);
  return `/indicators/${encodeURIComponent(data.id)}/explain?${query}`;
}

function numbers(data, rows, first) {
  const cell = (row, name, text = whole) => (row.suppressed ? hidden(data.personsMin) : row[name] == null ? '–' : text(row[name]));
  const duration = data.kind === 'duration', counted = data.kind !== 'imported'; // a published number's weight is no count
  const columns = [first, {name: `${t('value')} (${unitName(data.unit)})`, number: true, cell: (row) => cell(row, 'value', (value) => link(down(data, row), {class: 'down', title: t('explain')}, valueText(value, data.unit)))},
    duration && {name: t('median'), number: true, cell: (row) => cell(row, 'median', valueText)}, duration && {name: t('p90'), number: true, cell: (row) => cell(row, 'p90', valueText)},
    counted && !duration && {name: t('numerator'), number: true, cell: (row) => cell(row, 'numerator')}, counted && {name: duration ? t('count') : t('denominator'), number: true, cell: (row) => cell(row, 'denominator')},
    {name: t('state'), cell: (row) => (row.suppressed ? '' : [stateMark(row), row.denominator && row.matured < row.denominator && ` ${Math.floor((100 * row.matured) / row.denominator)} %`])},
    rows.some((row) => (row.revisions ?? []).length > 1) && {name: t('knownBefore'), cell: (row) => (row.revisions ?? []).slice(0, -1).slice(-3).map((past) => h('span', {class: 'past', title: dateText(past.knownOn)}, `${dayText(past.knownOn)}: ${valueText(past.value, data.unit)} `))}].filter(Boolean);
  return table(pick(data.title), columns, rows, 'numbers');
}

/// The chart's phases as far as they are in the rows shown; what it was computed from may reach further back.
function within(chart, rows) {
  if (!chart) return null;
  const shown = new Set(rows.map((row) => row.period));
  return {...chart, phases: chart.phases.map((phase) => ({...phase, points: phase.points.filter((point) => shown.has(point.period))})).filter((phase) => phase.points.length > 0)};
}

function overTime(data) {
  const rows = [...data.rows].sort((a, b) => a.period.localeCompare(b.period));
  const shown = rows.slice(-36);
  if (shown.length === 0) return h('p', {class: 'empty'}, t('noRows'));
  return [h('section', {class: 'card'}, controlChart(shown, within(data.charts?.[0], shown), {title: pick(data.title), unit: data.unit, target: data.target})),
          h('section', {class: 'card'}, numbers(data, [...shown].reverse(), {name: t('period'), cell: (row) => periodText(row.period)}))];
}

function byGroup(data) {
  const newest = data.rows.filter((row) => !row.suppressed).map((row) => row.period).sort().at(-1);
  const rows = data.rows.filter((row) => row.period === newest).sort((a, b) => (data.by === 'age_band' ? a.group.localeCompare(b.group, 'en', {numeric: true}) : (b.value ?? -1) - (a.value ?? -1)));
  if (rows.length === 0) return h('p', {class: 'empty'}, t('noRows'));
  const chart = data.charts?.find((each) => each.phases[0]?.points[0]?.period === newest);
  const funnel = chart && funnelChart(rows, chart, {title: pick(data.title), unit: data.unit});
  return [funnel && h('section', {class: 'card'}, h('h2', {}, `${t('newest')}: ${periodText(newest)}`), funnel), h('section', {class: 'card'}, h('h2', {}, `${t('newest')}: ${periodText(newest)}`), bars(rows, {name: groupName, unit: data.unit, personsMin: data.personsMin})),
          h('section', {class: 'card'}, numbers(data, rows, {name: t(data.by), cell: (row) => groupName(row.group)}))];
}

/// Who sends, how far they have come, and whether they send as much as they usually do.
function sources(data) {
  if (!data.sources.length) return null;
  const age = (at) => ageText(Math.max(0, (Date.now() - new Date(at)) / 1000));
  const share = (row) => (row.coverage == null ? '–' : `${Math.round(100 * row.coverage)} %`);
  const columns = [{name: t('system'), cell: (row) => row.system}, {name: t('lastReceived'), cell: (row) => h('span', {title: row.lastReceived}, age(row.lastReceived))}, {name: t('lastDay'), cell: (row) => dateText(row.lastDay)},
    {name: t('lastWeek'), number: true, cell: (row) => whole(row.receivedLastWeek)}, {name: t('usual'), number: true, cell: (row) => (row.usualInAWeek == null ? '–' : whole(row.usualInAWeek))},
    {name: t('coverage'), number: true, cell: (row) => h('span', {class: row.coverage != null && row.coverage < 0.5 ? 'worse' : '', title: t('coverageHint')}, share(row))}];
  return h('section', {class: 'card', id: 'sources'}, h('h2', {}, t('behind')), table(t('behind'), columns, data.sources, 'numbers'));
}

function definition(data) {
  const line = (name, value) => value && h('div', {}, h('dt', {}, name), h('dd', {}, value));
  return h('section', {class: 'card definition'}, h('p', {}, pick(data.description)),
    h('dl', {class: 'facts-list'}, line(t('direction'), data.direction && t(data.direction)), line(t('targetName'), data.target != null && `${valueText(data.target)} ${unitName(data.unit)}`),
      line(t('source'), data.source), line(t('mark'), data.mark === 'V' ? t('markV') : t('markGK')), line(t('version'), data.version)));
}

export async function indicatorView(id) {
  // Funnels are of proportions and rates only; of what kind it is, the numbers say.
  const load = async () => {
    const data = await get(address(id, choices.period, choices.by, choices.by ? '' : 'usual'));
    if (!compared.has(data.by) || !['proportion', 'rate'].includes(data.kind)) return data;
    return get(address(id, choices.period, choices.by, 'funnel-adjusted'));
  };
  const data = await load().catch((error) => {
    if (error.status !== 403) throw error;
    Object.assign(choices, {period: 'month', by: '', known: ''}); // what another page was left at is not published here
    return load();
  });
  const body = h('div', {id: 'numbers'});
  const draw = (fresh) => show(body, [fresh.by ? byGroup(fresh) : overTime(fresh), sources(fresh)]);
  const known = h('p', {class: 'notice', hidden: true});
  const again = async () => {
    const fresh = await load().catch((error) => error);
    if (fresh instanceof Error) {
      show(body, h('p', {class: 'empty', role: 'alert'}, fresh.status === 403 ? t('outsideLattice') : t('error')));
      return;
    }
    known.hidden = !fresh.asKnownOn;
    known.textContent = fresh.asKnownOn ? `${t('asKnown')} ${dateText(fresh.asKnownOn)}` : '';
    draw(fresh);
  };
  draw(data);
  known.hidden = !choices.known;
  known.textContent = choices.known ? `${t('asKnown')} ${dateText(choices.known)}` : '';
  let last = Date.now();
  return {
    title: pick(data.title),
    node: [h('p', {class: 'crumbs'}, link('/', {}, t('back')), data.goal && [' / ', link(`/goals/${encodeURIComponent(data.goal)}`, {}, `${t('goals')} ${data.goal}`)]),
           h('h1', {}, pick(data.title), ' ', h('span', {class: 'code'}, data.id), badges(data, null)), definition(data), controls(again), known, body],
    goals: () => {
      const reading = body.contains(document.activeElement) || Date.now() - last < 3000;
      if (reading || choices.known) return; // the past does not move, and the reader's place is kept
      last = Date.now();
      again();
    },
  };
}
