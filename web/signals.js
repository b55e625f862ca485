// web/signals.js — what somebody should know now: courses that are open, run charts that show a shift, limits that near, segments entered and left.
import {get, titles as allTitles} from './api.js';
import {h, link, show, table} from './dom.js';
import {dateText, dateTime, groupName, periodText, pick, t, whole} from './text.js';

const kinds = ['chart', 'breach', 'segment'], shownMax = 25;

const about = (signal, titles) => (signal.indicator ? link(`/indicators/${encodeURIComponent(signal.indicator)}`, {title: signal.indicator}, pick(titles.get(signal.indicator)) || signal.indicator) : signal.watch);
const where = (signal) => (signal.kind === 'chart' ? [signal.group ? groupName(signal.group) : t('total'), ` ${periodText(signal.period)}`] : signal.unit);

/// "2 h" and "20 d" of a limit in the reader's words; "-7 d" is before a standard time, "0 d" on its day.
function limitText(text) {
  const limit = /^(-?)(\d+) ([hd])$/.exec(text);
  if (!limit) return '';
  if (limit[2] === '0') return t('onTheDay');
  const one = limit[2] === '1';
  return `${limit[2]} ${t(limit[3] === 'h' ? (one ? 'hour' : 'hours') : one ? 'day' : 'days')}${limit[1] ? ` ${t('before')}` : ''}`;
}
/// Segments are left on a day that may lie ahead.
const what = (signal) => limitText(signal.what) || t(`signal.${signal.kind === 'segment' && signal.on > new Date().toISOString().slice(0, 10) ? 'will-' : ''}${signal.what}`);

/// A signal that a later one took back is not shown; what took it back neither.
function standing(signals) {
  const open = new Map();
  for (const signal of [...signals].reverse()) {
    const key = [signal.watch, signal.what, signal.indicator, signal.by, signal.group, signal.person, signal.episode, signal.kind === 'segment' && signal.on].join('\u001f');
    if (signal.sign > 0) open.set(key, signal);
    else open.delete(key);
  }
  return [...open.values()].reverse();
}

/// How many courses are open by watch; which they are only for who may see persons.
function openSection(open) {
  if (!open?.watches.length) return null;
  const number = (n) => (n === 0 && !open.persons ? t('fewOrNone') : whole(n));
  const title = (id) => pick(open.watches.find((watch) => watch.watch === id)?.title);
  return h('section', {id: 'open'}, h('h2', {class: 'section'}, t('open')), !open.persons && h('p', {class: 'facts'}, t('openHint', {n: open.personsMin})),
    table(t('open'), [{name: t('course'), cell: (row) => pick(row.title)}, {name: t('persons'), number: true, cell: (row) => number(row.persons)},
      {name: t('passed'), cell: (row) => row.limits.map((limit) => h('span', {class: 'past each'}, `${limitText(limit.limit)}: `, h('strong', {}, number(limit.passed))))}], open.watches, 'cards'),
    open.courses.length > 0 && table(t('course'), [{name: t('course'), cell: (row) => title(row.watch)}, {name: t('unit'), cell: (row) => row.unit}, {name: t('since'), cell: (row) => (row.since ? dateTime(row.since) : '')},
      {name: t('passed'), cell: (row) => limitText(row.passed.at(-1) ?? '')}, {name: t('next'), cell: (row) => (row.next ? `${limitText(row.next)}: ${dateTime(row.nextAt)}` : '')}, {name: t('person'), cell: (row) => h('code', {}, row.person.slice(0, 8))}], open.courses, 'cards'));
}

export async function signalsView() {
  const [data, open, titles] = await Promise.all([get('/api/v1/signals?limit=1000'), get('/api/v1/open?limit=50').catch(() => null), allTitles()]);
  const rows = standing(data.signals);
  const list = h('div', {id: 'signals'});
  let kind = '', most = shownMax;
  const draw = () => {
    const wanted = rows.filter((row) => !kind || row.kind === kind);
    show(list, wanted.length === 0 ? h('section', {class: 'empty'}, h('h3', {}, t('noSignals')), h('p', {}, t('noSignalsHint'))) : listed(wanted.slice(0, most), titles),
      wanted.length > most && h('p', {class: 'facts'}, h('button', {type: 'button', id: 'more', onclick: () => ((most += shownMax), draw())}, `${t('moreRows')} (${whole(wanted.length - most)})`)));
  };
  draw();
  return {title: t('signals'), node: [h('h1', {}, t('signals')), openSection(open), h('h2', {class: 'section'}, t('signals')), !data.persons && h('p', {class: 'facts'}, t('chartsOnly')),
    data.persons && rows.length > 0 && h('div', {class: 'controls'}, h('div', {class: 'control'}, h('label', {for: 'kind'}, t('kind')),
      h('select', {id: 'kind', onchange: (event) => ((kind = event.target.value), (most = shownMax), draw())}, h('option', {value: ''}, t('any')), kinds.map((each) => h('option', {value: each}, t(`signal.${each}`)))))), list]};
}

function listed(rows, titles) {
  return table(t('signals'), [
    {name: t('signal'), cell: (row) => t(`signal.${row.kind}`)}, {name: t('about'), cell: (row) => about(row, titles)}, {name: t('what'), words: true, cell: what}, {name: t('where'), cell: where},
    {name: t('on'), cell: (row) => dateText(row.on)}, {name: t('told'), cell: (row) => dateTime(row.time)},
    {name: t('cause'), cell: (row) => (row.kind === 'chart' ? '' : link(`/messages/${row.cause}`, {}, h('code', {}, row.cause)))}], rows, 'cards');
}
