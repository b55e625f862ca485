// web/indicator.js — one indicator: run chart, numbers by a dimension, definition, and how it was known on a day.
import {get} from './api.js';
import {bars} from './charts.js';
import {controlChart, funnelChart} from './control-chart.js';
import {h, link, show, table} from './dom.js';
import {badges, stateMark} from './goals.js';
import {ageText, dateText, dayText, groupName, heading, periodText, pick, t, unitName, valueText, whole} from './text.js';
import {sourceText} from './sources.js';

const plain = {period: 'month', by: '', known: '', at: ''}; // at: which period groups are compared in; '': the newest
const choices = {...plain};

/// The choices stand in the address, so that a view can be kept and shared; where none does, the last ones hold.
function readChoices() {
  const asked = new URLSearchParams(location.search);
  if (Object.keys(plain).some((name) => asked.has(name))) for (const name of Object.keys(plain)) choices[name] = asked.get(name) ?? plain[name];
}
function writeChoices(path) {
  if (location.pathname !== path) return; // the reader has gone on
  const query = new URLSearchParams(Object.entries(choices).filter(([name, value]) => value !== plain[name])).toString();
  history.replaceState(history.state, '', query ? `${path}?${query}` : path);
}

const compared = new Set(['region', 'municipality', 'unit']); // sexes and ages are no units to compare
const isShare = (kind) => ['proportion', 'rate'].includes(kind);

/// What is asked for; funnels and standardised numbers are of proportions and rates only.
function address(id, kind) {
  const {period, by, known} = choices, query = new URLSearchParams({period, revisions: 'true'});
  if (by) query.set('by', by);
  if (!by) query.set('chart', 'usual');
  else if (compared.has(by) && isShare(kind)) query.set('chart', 'funnel-adjusted');
  if (by === 'region' && period === 'year' && !known && isShare(kind)) query.set('standardise', 'direct');
  if (known) query.set('as-known-on', known);
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

const sourcesMax = 5;
const hidden = (min) => h('abbr', {title: t('hidden', {n: min})}, `<${min}`);

/// Where a number's contributions are: a look that needs a role and is logged.
function down(data, row) {
  const query = new URLSearchParams({at: row.period, version: data.version});
  if (data.by) query.set('by', data.by), query.set('group', row.group);
  return `/indicators/${encodeURIComponent(data.id)}/explain?${query}`;
}

function numbers(data, rows, first) {
  const cell = (row, name, text = whole) => (row.suppressed ? hidden(data.personsMin) : row[name] == null ? '–' : text(row[name]));
  const duration = data.kind === 'duration', rate = data.kind === 'rate', level = data.kind === 'level', counted = data.kind !== 'imported'; // a published number's weight is no count
  const inUnit = (word) => `${t(word)} (${unitName(data.unit)})`;
  const columns = [first, {name: inUnit('value'), number: true, cell: (row) => cell(row, 'value', (value) => link(down(data, row), {class: 'down', title: t('explain')}, valueText(value, data.unit)))},
    duration && {name: inUnit('median'), number: true, cell: (row) => cell(row, 'median', valueText)}, duration && {name: inUnit('p90'), number: true, cell: (row) => cell(row, 'p90', valueText)},
    counted && !duration && !level && {name: t(rate ? 'eventsCounted' : 'numerator'), number: true, cell: (row) => cell(row, 'numerator')}, counted && {name: t(duration ? 'count' : rate ? 'daysAtRisk' : level ? 'daysPresent' : 'denominator'), number: true, cell: (row) => cell(row, 'denominator')},
    {name: t('state'), cell: (row) => (row.suppressed ? '' : [stateMark(row), row.denominator && row.matured < row.denominator && ` ${Math.floor((100 * row.matured) / row.denominator)} %`])},
    rows.some((row) => (row.revisions ?? []).length > 1) && {name: t('knownBefore'), cell: (row) => (row.revisions ?? []).slice(0, -1).slice(-3).map((past) => h('span', {class: 'past', title: dateText(past.knownOn)}, `${dayText(past.knownOn)}: ${valueText(past.value, data.unit)} `))}].filter(Boolean);
  return [table(pick(data.title), columns, rows, 'numbers'), rows.some((row) => row.held > 0) && h('p', {class: 'facts'}, t('heldStar'))];
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

/// Regions' numbers as if their people were alike in sex and age.
function standardised(data, period) {
  if (!data.standardised) return null;
  const rows = data.standardised.rows.filter((row) => row.period === period), measured = new Map(data.rows.filter((row) => row.period === period).map((row) => [row.group, row]));
  const text = (value) => (value == null ? '–' : valueText(value, data.unit)), shown = rows.filter((row) => !row.suppressed);
  return h('section', {class: 'card', id: 'standardised'}, h('h2', {}, `${t('standardised')}: ${periodText(period)}`), shown.length === 0 ? h('p', {class: 'facts'}, t('tooFewStrata')) : table(t('standardised'), [
    {name: t('region'), cell: (row) => groupName(row.group)}, {name: `${t('standardised')} (${unitName(data.unit)})`, number: true, cell: (row) => text(row.value)},
    {name: t('interval'), number: true, cell: (row) => `${text(row.lower)}–${text(row.upper)}`}, {name: t('asMeasured'), number: true, cell: (row) => text(measured.get(row.group)?.value)},
    {name: t('ofRow'), number: true, cell: (row) => `${Math.floor(100 * row.coverage)} %`}], shown, 'numbers'),
    h('p', {class: 'facts'}, `${pick(data.standardised.standard.title)}. ${t('how.standardised')}`));
}

/// The groups of one period, the newest that shows any unless another is chosen.
function groupsOf(data, draw) {
  const periods = [...new Set(data.rows.filter((row) => !row.suppressed).map((row) => row.period))].sort().reverse();
  if (periods.length === 0) return [h('p', {class: 'empty'}, t('noRows'))];
  const at = periods.includes(choices.at) ? choices.at : periods[0];
  const rows = data.rows.filter((row) => row.period === at).sort((a, b) => (data.by === 'age_band' ? a.group.localeCompare(b.group, 'en', {numeric: true}) : (b.value ?? -1) - (a.value ?? -1)));
  const chart = data.charts?.find((each) => each.phases[0]?.points[0]?.period === at);
  return [h('div', {class: 'controls'}, select('at', t('groupsIn'), at, periods.map((period) => [period, periodText(period)]), (period) => {
    choices.at = period;
    writeChoices(location.pathname);
    draw();
  })), h('section', {class: 'card'}, h('h2', {}, periodText(at), rows.some((row) => row.provisional) && [' ', h('span', {class: 'badge', title: t('provisionalHint')}, t('provisional'))]),
    chart && funnelChart(rows, chart, {title: pick(data.title), unit: data.unit}), bars(rows, {name: groupName, unit: data.unit, personsMin: data.personsMin})),
  h('section', {class: 'card'}, numbers(data, rows, {name: heading(t(data.by)), cell: (row) => groupName(row.group)})), standardised(data, at)];
}

function byGroup(data) {
  const node = h('div', {}), draw = () => show(node, groupsOf(data, draw));
  draw();
  return node;
}

/// Who sends, how far they have come, and whether they send as much as they usually do.
function sources(data) {
  if (!data.sources.length) return null;
  const age = (at) => ageText(Math.max(0, (Date.now() - new Date(at)) / 1000));
  const share = (row) => (row.coverage == null ? '–' : `${Math.round(100 * row.coverage)} %`);
  const columns = [{name: t('system'), cell: (row) => row.system}, {name: t('lastReceived'), cell: (row) => h('span', {title: row.lastReceived}, age(row.lastReceived))}, {name: t('lastDay'), cell: (row) => dateText(row.lastDay < data.today ? row.lastDay : data.today)},
    {name: t('lastWeek'), number: true, cell: (row) => whole(row.receivedLastWeek)}, {name: t('usual'), number: true, cell: (row) => (row.usualInAWeek == null ? '–' : whole(row.usualInAWeek))},
    {name: t('coverage'), number: true, cell: (row) => h('span', {class: row.coverage != null && row.coverage < 0.5 ? 'worse' : '', title: t('coverageHint')}, share(row))}];
  const least = (row) => row.coverage ?? Infinity, sorted = [...data.sources].sort((a, b) => least(a) - least(b) || b.receivedLastWeek - a.receivedLastWeek || b.lastDay.localeCompare(a.lastDay));
  const few = (rows) => table(t('behind'), columns, rows, 'numbers cards'), rest = sorted.slice(sourcesMax);
  return h('section', {class: 'card', id: 'sources'}, h('h2', {}, t('behind')), few(sorted.slice(0, sourcesMax)), rest.length > 0 && h('details', {}, h('summary', {}, `${t('moreRows')} (${whole(rest.length)})`), few(rest)));
}

function definition(data) {
  const line = (name, value) => value && h('div', {}, h('dt', {}, name), h('dd', {}, value));
  const [source, proxy] = data.source.split(/;?\s*proxy: /);
  return h('section', {class: 'card definition'}, h('p', {}, pick(data.description)),
    h('dl', {class: 'facts-list'}, line(t('direction'), data.direction && t(data.direction)), line(t('targetName'), data.target != null && `${valueText(data.target, data.unit)} ${unitName(data.unit)}`),
      line(t('source'), sourceText(source)), line(t('proxy'), sourceText(proxy)), line(t('mark'), data.mark === 'V' ? t('markV') : t('markGK')), line(t('version'), data.version)));
}

export async function indicatorView(id) {
  const path = location.pathname;
  readChoices();
  let kind = ''; // what fits the indicator is known from the first answer on
  const load = async () => {
    const asked = address(id, kind), data = await get(asked);
    kind = data.kind;
    return address(id, kind) === asked ? data : get(address(id, kind));
  };
  const data = await load().catch((error) => {
    if (![400, 403].includes(error.status)) throw error;
    Object.assign(choices, plain); // what another page was left at, or an address says, is not published here
    return load();
  });
  writeChoices(path);
  const body = h('div', {id: 'numbers'});
  const draw = (fresh) => show(body, [fresh.by ? byGroup(fresh) : overTime(fresh), sources(fresh)]);
  const known = h('p', {class: 'notice', hidden: true});
  const again = async () => {
    writeChoices(path);
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
    node: [h('p', {class: 'crumbs'}, link('/', {}, t('back')), data.goal && [' / ', link(`/goals/${encodeURIComponent(data.goal)}`, {}, `${t('goal')} ${data.goal}`)]),
           h('h1', {}, pick(data.title), ' ', h('span', {class: 'code'}, data.id), badges(data, null)), definition(data), controls(again), known, body],
    goals: () => {
      const reading = body.contains(document.activeElement) || Date.now() - last < 3000;
      if (reading || choices.known) return; // the past does not move, and the reader's place is kept
      last = Date.now();
      again();
    },
  };
}
