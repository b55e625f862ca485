// web/signals.js — what somebody should know now: run charts that show a shift, limits that near, segments entered and left.
import {get} from './api.js';
import {h, link, table} from './dom.js';
import {dateText, dateTime, groupName, periodText, t} from './text.js';

const about = (signal) => (signal.indicator ? link(`/indicators/${encodeURIComponent(signal.indicator)}`, {}, signal.indicator) : signal.watch);
const where = (signal) => (signal.kind === 'chart' ? [signal.group ? groupName(signal.group) : t('total'), ` ${periodText(signal.period)}`] : signal.unit);

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

export async function signalsView() {
  const data = await get('/api/v1/signals?limit=1000');
  const rows = standing(data.signals);
  const list = rows.length === 0 ? h('section', {class: 'empty'}, h('h3', {}, t('noSignals')), h('p', {}, t('noSignalsHint'))) : table(t('signals'), [
    {name: t('signal'), cell: (row) => t(`signal.${row.kind}`)}, {name: t('about'), cell: about}, {name: t('what'), cell: (row) => t(`signal.${row.what}`)}, {name: t('where'), cell: where},
    {name: t('countsOn'), cell: (row) => dateText(row.on)}, {name: t('since'), cell: (row) => dateTime(row.time)},
    {name: t('cause'), cell: (row) => (row.kind === 'chart' ? '' : link(`/messages/${row.cause}`, {}, h('code', {}, row.cause)))}], rows, 'cards');
  return {title: t('signals'), node: [h('h1', {}, t('signals')), !data.persons && h('p', {class: 'facts'}, t('chartsOnly')), list]};
}
