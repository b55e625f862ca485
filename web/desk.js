// web/desk.js — the integration desk: state, systems, one system, quarantine.
import {Refused, get, ready} from './api.js';
import {sparkline} from './charts.js';
import {h, link, show, table} from './dom.js';
import {ageText, dateTime, rateText, reasonText, t, whole} from './text.js';

const silentSeconds = 3600;

const stat = (name, value, note, tone = '') => h('div', {class: `stat ${tone}`}, h('span', {class: 'stat-name'}, name), h('strong', {}, value), note && h('span', {class: 'stat-note'}, note));

export function statusStrip(total, balance, health, systems) {
  const heard = (systems ?? []).filter((system) => (system.lastHeardAgeSeconds ?? Infinity) < silentSeconds).length;
  const unwell = (health?.checks ?? []).filter((check) => check.state !== 'ok').sort((a, b) => (b.state === 'failed') - (a.state === 'failed'));
  const worst = unwell[0];
  const perSecond = total?.history?.at(-1) ?? 0;
  return [
    stat(t('throughput'), rateText(perSecond), `${t('lastMinute').toLowerCase()}: ${rateText(total?.ratePerSecond ?? 0)}`),
    balance && stat(t('received'), whole(balance.received), `${whole(balance.acknowledged)} ${t('acknowledged').toLowerCase()} · ${whole(balance.refused)} ${t('refused').toLowerCase()}`),
    balance && stat(t('balance'), whole(balance.difference), balance.difference === 0 ? t('balanceOk') : t('balanceBad'), balance.difference === 0 ? 'good' : 'bad'),
    balance && stat(t('pending'), whole(balance.pending), `${whole(balance.quarantined)} ${t('quarantined').toLowerCase()}`, balance.quarantined > 0 ? 'warn' : ''),
    systems && stat(t('systems'), `${heard}/${systems.length}`, heard < systems.length ? `${systems.length - heard} ${t('silent')}` : '', heard < systems.length ? 'warn' : ''),
    stat(t('health'), !health ? '–' : worst ? t(worst.state) : t('ok'), worst ? unwell.map((check) => `${check.name}${check.detail ? `: ${check.detail}` : ''}`).join(' · ') : (health?.checks ?? []).map((check) => check.name).join(', '), !health ? '' : worst?.state === 'failed' || !health.ok ? 'bad' : worst ? 'warn' : 'good'),
  ];
}

function sendHint() {
  return h('section', {class: 'empty'}, h('h3', {}, t('noMessages')), h('p', {}, `${t('sendOne')}:`),
    h('pre', {tabindex: 0}, `curl -H 'Content-Type: application/fhir+json' --data @bundle.json ${location.origin}/fhir\nsluse send adt.hl7 --to mllp://127.0.0.1:2575`));
}

const heardText = (system) => {
  const silent = (system.lastHeardAgeSeconds ?? Infinity) >= silentSeconds;
  return [ageText(system.lastHeardAgeSeconds), silent && h('span', {class: 'badge warn'}, t('silent'))];
};

function systemsTable(systems) {
  if (systems.length === 0) return sendHint();
  const number = (name, field) => ({name: t(name), number: true, cell: (system) => whole(system[field])});
  return table(t('systems'), [
    {name: t('system'), cell: (system) => link(`/systems/${encodeURIComponent(system.name)}`, {}, system.name)},
    {name: t('perSecond'), number: true, cell: (system) => rateText(system.ratePerSecond)},
    {name: t('lastMinute'), cell: (system) => sparkline(system.history, {width: 120, height: 28, zero: true, label: `${system.name}: ${t('lastMinute')}`})},
    number('received', 'received'), number('acknowledged', 'acknowledged'), number('refused', 'refused'),
    {name: t('quarantined'), number: true, cell: (system) => (system.quarantined ? h('span', {class: 'badge warn'}, whole(system.quarantined)) : '0')},
    number('pending', 'pending'), {name: t('lastHeard'), cell: heardText},
  ], systems, 'cards');
}

/// Who needs somebody first, then who sends most.
const urgency = (a, b) => (b.quarantined + b.refused > 0) - (a.quarantined + a.refused > 0) || b.received - a.received || a.name.localeCompare(b.name);

/// The table, drawn again as they send: of many the first `most`, and below it where the others are.
export function systemsDesk(most, others) {
  const node = h('div', {id: 'systems'});
  const draw = (systems, limit = most) => {
    const many = systems.length > limit;
    show(node, systemsTable(many ? [...systems].sort(urgency).slice(0, limit) : systems), many && h('p', {class: 'facts'}, others(systems.length)));
  };
  return {node, draw};
}

const systemsMax = 25;

export async function systemsView() {
  const [data, balance, health] = await Promise.all([get('/api/v1/systems'), get('/api/v1/balance').catch(() => null), ready().catch(() => null)]);
  let most = systemsMax, wanted = '', systems = data.systems;
  const desk = systemsDesk(systemsMax, (n) => h('button', {type: 'button', id: 'more', onclick: () => ((most += systemsMax), draw())}, `${t('moreRows')} (${whole(n - most)})`));
  const draw = () => {
    const found = systems.filter((system) => system.name.toLowerCase().includes(wanted));
    if (wanted && found.length === 0) show(desk.node, h('p', {class: 'empty'}, t('noSystem')));
    else desk.draw(found, most);
  };
  draw();
  const find = data.systems.length > systemsMax && h('div', {class: 'controls'}, h('div', {class: 'control'}, h('label', {for: 'find-system'}, t('findSystem')),
    h('input', {id: 'find-system', type: 'search', autocomplete: 'off', spellcheck: 'false', oninput: (event) => ((wanted = event.target.value.trim().toLowerCase()), draw())})));
  const strip = h('div', {class: 'strip'}, statusStrip(data.total, balance, health, data.systems));
  return {title: t('systems'), node: [h('h1', {}, t('systems')), strip, find, desk.node],
          throughput: (fresh) => ((systems = fresh.systems), draw(), show(strip, statusStrip(fresh.total, fresh.balance, health, fresh.systems)))};
}

function systemBody(system) {
  const count = (name, field, tone) => stat(t(name), whole(system[field]), '', tone);
  return [
    h('div', {class: 'strip'}, stat(t('throughput'), rateText(system.ratePerSecond), t('lastMinute').toLowerCase()), count('received', 'received'), count('acknowledged', 'acknowledged'), count('refused', 'refused'),
      count('processed', 'processed'), count('duplicates', 'duplicates'), count('quarantined', 'quarantined', system.quarantined ? 'warn' : ''), count('pending', 'pending'), count('mojibake', 'mojibake', system.mojibake ? 'warn' : ''), count('reused', 'controlIdReused')),
    h('section', {class: 'card'}, h('h2', {}, t('lastMinute')), h('div', {class: 'tall'}, sparkline(system.history, {width: 600, height: 120, zero: true, label: `${system.name}: ${t('lastMinute')}`})), h('p', {class: 'facts'}, `${t('lastHeard')}: `, heardText(system))),
    h('section', {class: 'card'}, h('h2', {}, t('unmapped')), system.unmapped.length ? h('ul', {class: 'bars'}, system.unmapped.map((field) => h('li', {}, h('span', {class: 'bar-name'}, field.path), h('span', {}), h('span', {class: 'bar-value'}, whole(field.count))))) : h('p', {class: 'facts'}, t('none_'))),
  ];
}

export async function systemView(name) {
  const find = (systems) => systems.find((system) => system.name === name);
  const system = find((await get('/api/v1/systems')).systems);
  if (!system) throw new Refused(404, '');
  const body = h('div', {}, systemBody(system));
  return {title: name, node: [h('p', {class: 'crumbs'}, link('/systems', {}, t('systems')), ' · ', link(`/messages?system=${encodeURIComponent(name)}`, {}, t('messages'))), h('h1', {}, name), body],
          throughput: (fresh) => find(fresh.systems) && show(body, systemBody(find(fresh.systems)))};
}

const heldMax = 25;

/// On a narrow screen a message is three lines, not a line a column; more of them when asked for.
function heldTable(id, caption, second, messages) {
  const list = h('div', {id});
  let most = heldMax;
  const draw = () => show(list, table(caption, [
    {name: t('message'), cell: (row) => link(`/messages/${row.id}`, {}, h('code', {}, row.id))}, second,
    {name: t('reason'), cell: (row) => reasonText(row.reason)}, {name: t('system'), cell: (row) => row.system}, {name: t('type'), words: true, cell: (row) => row.type}, {name: t('since'), cell: (row) => dateTime(row.since)}], messages.slice(0, most), 'cards compact'),
    messages.length > most && h('p', {class: 'facts'}, h('button', {type: 'button', id: `more-${id}`, onclick: () => ((most += heldMax), draw())}, `${t('moreRows')} (${whole(messages.length - most)})`)));
  draw();
  return list;
}

/// What waits for an operator; below it what was processed or refused and somebody should know of.
export async function quarantineView() {
  const {messages} = await get('/api/v1/quarantine');
  const held = messages.filter((row) => row.kind === 'held'), others = messages.filter((row) => row.kind !== 'held');
  const waiting = {name: t('waiting'), number: true, cell: (row) => (row.waiting ? h('span', {class: 'badge warn'}, `+${whole(row.waiting)}`) : '0')};
  return {title: t('quarantine'), node: [h('h1', {}, t('quarantine')),
    held.length ? [h('p', {class: 'lead'}, t('quarantineHint')), heldTable('held', t('quarantine'), waiting, held)] : h('section', {class: 'empty'}, h('h2', {}, t('emptyQuarantine')), h('p', {}, t('emptyQuarantineHint'))),
    others.length > 0 && [h('h2', {class: 'section'}, t('toKnow')), h('p', {class: 'lead'}, t('toKnowHint')), heldTable('to-know', t('toKnow'), {name: t('status'), words: true, cell: (row) => t(`kind.${row.kind}`)}, others)]]};
}
