// web/explain.js — a number led down: its contributions, the facts of one, the elements and bytes behind them; and a message's way up.
import {get, titles} from './api.js';
import {h, link, show, table} from './dom.js';
import {dateText, groupName, periodText, pick, t, unitName, valueText} from './text.js';

const place = (one) => ['region', 'municipality', 'unit', 'sex', 'ageBand'].map((name) => one.dimensions[name]).filter(Boolean).map(groupName).join(' · ');
const counted = (one) => `${one.numerator} ${t('of')} ${one.denominator}${one.value == null ? '' : ` (${valueText(one.value, one.valueUnit)} ${unitName(one.valueUnit)})`.replace(' )', ')')}`;
const code = (text) => h('code', {}, text);

const clauses = (list) => h('ul', {class: 'clauses'}, list.map((clause) => h('li', {class: clause.holds === false ? 'fails' : ''}, clause.holds == null ? '' : clause.holds ? '✓ ' : '✗ ', clause.text, ' ', h('small', {}, clause.place))));

export async function cellView(id) {
  const asked = new URLSearchParams(location.search);
  const [data, all] = await Promise.all([get(`/api/v1/indicators/${encodeURIComponent(id)}/explain?${asked}`), titles()]);
  const rows = [...data.contributions];
  const body = h('div', {});
  const draw = () => show(body, table(t('contributions'), [
    {name: t('contribution'), cell: (row) => link(`/contributions/${encodeURIComponent(row.ref)}`, {}, code(row.episode))},
    {name: t('countsOn'), cell: (row) => dateText(row.countsOn)}, {name: t('value'), cell: counted}, {name: t('where'), cell: place}], rows, 'cards'));
  draw();
  const more = data.next && h('button', {type: 'button', id: 'more', onclick: async () => {
    asked.set('after', data.next);
    const page = await get(`/api/v1/indicators/${encodeURIComponent(id)}/explain?${asked}`);
    rows.push(...page.contributions);
    draw();
    if (page.next) data.next = page.next;
    else more.remove();
  }}, t('moreRows'));
  return {title: `${id} ${data.period}`, node: [
    h('p', {class: 'crumbs'}, link(`/indicators/${encodeURIComponent(id)}`, {}, id)), h('h1', {}, pick(all.get(id)) || id, ' ', h('span', {class: 'code'}, `${id} · ${periodText(data.period)}${data.by ? ` · ${groupName(data.group)}` : ''}`)),
    h('p', {class: 'notice'}, t('contentHint')), h('section', {class: 'card'}, h('h2', {}, t('rule')), h('p', {class: 'facts'}, code(data.file)), clauses(data.rule)),
    h('section', {class: 'card'}, h('h2', {}, t('contributions')), data.cell && h('p', {class: 'facts'}, `${t('cellSays')}: ${counted({...data.cell, value: null})}. ${t('cellIsExact')}`), body, more)]};
}

function origins(list) {
  return list.map((origin) => h('li', {}, code(origin.element), origin.source && [' ← ', code(origin.source), ' ', h('q', {}, origin.bytes), origin.offset != null && ` (${t('byte')} ${origin.offset})`], origin.row && h('small', {}, ` ${origin.row}`)));
}

function facts(list, all) {
  return list.map((fact) => h('section', {class: 'fact'}, h('h3', {}, fact.kind, ' ', code(fact.key)), h('ul', {}, fact.attributes.filter((one) => all || one.needed).map((one) => h('li', {},
    h('strong', {}, one.name), ` ${one.value} `, !one.holds && h('span', {class: 'badge warn'}, t('overtaken')), one.message && link(`/messages/${one.message}`, {}, one.told || code(one.message)), h('ul', {}, origins(one.origins)))))));
}

function account(one) {
  return [h('h3', {}, one.indicator, ' ', code(one.key)), h('p', {class: 'facts'}, `${one.start} – ${one.end ?? '…'}`), clauses(one.clauses), one.reason && h('p', {}, `${t('notCounted')}: ${one.reason}`),
    one.outcomes.map((outcome) => h('section', {class: 'fact'}, h('h4', {}, code(outcome.key), ` ${outcome.start} ${outcome.counts ? '✓' : '✗'}`), clauses(outcome.clauses)))];
}

const events = (list) => h('ul', {}, list.map((event) => h('li', {}, `${event.sign > 0 ? '+1' : '−1'} ${event.indicator} ${counted(event)}, ${dateText(event.countsOn)} · ${place(event)} `, event.message && link(`/messages/${event.message}`, {}, code(event.message)))));

export async function contributionView(ref) {
  const data = await get(`/api/v1/contributions/${encodeURIComponent(ref)}`);
  return {title: data.indicator, node: [
    h('p', {class: 'crumbs'}, link(`/indicators/${encodeURIComponent(data.indicator)}`, {}, data.indicator)), h('h1', {}, `${data.indicator}: ${counted(data.contribution)}`),
    h('p', {class: 'facts'}, `${dateText(data.contribution.countsOn)} · ${place(data.contribution)}`),
    h('section', {class: 'card'}, h('h2', {}, t('rule')), h('p', {class: 'facts'}, code(data.file)), data.accounts.map(account)),
    h('section', {class: 'card', id: 'rests'}, h('h2', {}, t('restsOn')), facts(data.facts, false)),
    h('section', {class: 'card'}, h('h2', {}, t('events')), events(data.events))]};
}

/// Below a message: what it told, what of it holds, and each contribution it changed.
export function changesSection(id) {
  const section = h('section', {class: 'card'}, h('h2', {}, t('toldAndChanged')), h('p', {class: 'facts'}, t('contentHint')));
  const button = h('button', {type: 'button', id: 'told', onclick: async () => {
    const data = await get(`/api/v1/messages/${encodeURIComponent(id)}/explain`).catch(() => null);
    if (data) button.replaceWith(events(data.events), ...facts(data.facts, true));
  }}, t('show'));
  section.append(button);
  return section;
}
