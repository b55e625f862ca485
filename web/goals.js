// web/goals.js — the front page: eight tiles, the state of the gateway, throughput per system; and one goal's page.
import {get, ready} from './api.js';
import {sparkline} from './charts.js';
import {h, link, show} from './dom.js';
import {statusStrip, systemsDesk} from './desk.js';
import {dateText, pick, t, unitName, valueText, whole, windowText} from './text.js';

/// The arrow shows which way the number went; the word and colour say whether that is good.
function movementSign(indicator) {
  const {movement, direction} = indicator;
  if (movement === 'none') return h('span', {class: 'movement none'}, t('none'));
  const down = (movement === 'better') === (direction === 'lower');
  const arrow = movement === 'unchanged' ? '→' : down ? '↓' : '↑';
  return h('span', {class: `movement ${movement}`, title: t('movementHint')}, h('span', {'aria-hidden': 'true'}, arrow), ` ${t(movement)}`);
}

/// The state as a word; the rest of what is known about when is in its tooltip.
export function stateMark(row) {
  const lines = [t(`${row.state}Hint`), row.finalOn && t('finalOn', {day: dateText(row.finalOn)}), row.changedOn && t('changedOn', {day: dateText(row.changedOn)}),
                 row.held > 0 && t('heldRow', {n: whole(row.held)})].filter(Boolean);
  return h('span', {class: `badge state ${row.state}`, title: lines.join('\n')}, t(row.state), row.held > 0 && ' *');
}

export function badges(indicator, row) {
  return [row?.state && !row.suppressed && stateMark(row),
          indicator.mark && indicator.mark !== 'V' && h('span', {class: 'badge quiet', title: t('markGK')}, indicator.mark)];
}

export function figure(indicator, personsMin) {
  const row = indicator.current;
  if (!row) {
    const small = indicator.trend.some((month) => month.suppressed);
    return h('p', {class: 'figure waiting'}, small && `<${personsMin} `, h('span', {class: 'unit'}, `${small ? t('hidden', {n: personsMin}) : t('noData')}`));
  }
  if (row.value == null && !row.suppressed) return h('p', {class: 'figure waiting'}, h('span', {class: 'unit'}, t('nothingToMeasure')));
  return h('p', {class: 'figure'}, row.suppressed ? `<${personsMin}` : valueText(row.value, indicator.unit), h('span', {class: 'unit'}, ` ${unitName(indicator.unit)}`));
}

function facts(indicator) {
  const row = indicator.current;
  if (!row || row.suppressed) return null;
  const counts = indicator.kind === 'imported' ? t('published') : indicator.kind === 'proportion' ? `${whole(row.numerator)} ${t('of')} ${whole(row.denominator)}`
    : indicator.kind === 'rate' ? t('rateOf', {n: whole(row.numerator), d: whole(row.denominator)}) : indicator.kind === 'level' ? t('levelOf') : `n = ${whole(row.denominator)}`;
  return h('p', {class: 'facts'}, counts, ' · ', windowText(row.period), indicator.target != null && ` · ${t('target')} ${valueText(indicator.target, indicator.unit)} ${unitName(indicator.unit)}`);
}

function trend(indicator) {
  const from = indicator.trend.findIndex((month) => month.provisional);
  return sparkline(indicator.trend.map((month) => month.value), {label: `${pick(indicator.title)}, ${indicator.trend.length} ${t('months')}`, from: from < 0 ? indicator.trend.length : Math.max(from, 1)});
}

function indicatorBlock(indicator, personsMin, heading = 'h3') {
  return h('div', {class: 'reading', 'data-indicator': indicator.id},
    h(heading, {}, link(`/indicators/${encodeURIComponent(indicator.id)}`, {}, pick(indicator.title))),
    h('div', {class: 'reading-row'}, figure(indicator, personsMin), indicator.trend.some((month) => month.value != null) && trend(indicator)),
    facts(indicator), h('p', {class: 'signs'}, indicator.current && movementSign(indicator), badges(indicator, indicator.current)));
}

const shownMax = 3, systemsMax = 10;
const speaks = (indicator) => indicator.current || indicator.trend.some((month) => month.suppressed);

/// What a tile has no room for: how many more have numbers, and how many none yet.
function restOf(goal, live) {
  const hidden = Math.max(0, live.length - shownMax), quiet = goal.indicators.length - live.length;
  if (hidden + quiet === 0) return null;
  const words = [hidden > 0 && t('more', {n: hidden}), quiet > 0 && t('silentOnes', {n: quiet})].filter(Boolean).join(' · ');
  return h('p', {class: 'planned'}, link(`/goals/${encodeURIComponent(goal.id)}`, {}, words));
}

function tile(goal, personsMin) {
  const live = goal.indicators.filter(speaks);
  const plain = live.length === 0;
  return h('article', {class: plain ? 'card tile idle' : 'card tile', 'data-goal': goal.id},
    h('h2', {}, h('span', {class: 'number-badge', 'aria-hidden': 'true'}, goal.id), link(`/goals/${encodeURIComponent(goal.id)}`, {}, pick(goal.name))),
    live.slice(0, shownMax).map((indicator) => indicatorBlock(indicator, personsMin)),
    plain && h('p', {class: 'waiting'}, t(goal.indicators.length ? 'noData' : 'notLive')),
    restOf(goal, live),
    goal.planned.length > 0 && h('p', {class: 'planned'}, `${t('planned')}: ${goal.planned.map((each) => pick(each.title)).join(' · ')}`));
}

const tiles = (data) => data.goals.map((goal) => tile(goal, data.personsMin));
const others = (data) => data.others.filter(speaks).map((indicator) => h('article', {class: 'card tile'}, indicatorBlock(indicator, data.personsMin)));
const otherNames = (data) => h('details', {class: 'card'}, h('summary', {}, t('allOthers', {n: data.others.length})),
  h('ul', {class: 'planned-list'}, data.others.map((each) => h('li', {}, h('span', {class: 'code'}, each.id), link(`/indicators/${encodeURIComponent(each.id)}`, {}, pick(each.title))))));

/// More than comes in within ten seconds is waiting: what the page shows is behind what was taken in.
const behindNote = (balance, total) => (balance?.pending > Math.max(100, 10 * (total?.ratePerSecond ?? 0)) ? h('p', {class: 'lead', id: 'pending'}, t('pendingNote', {n: whole(balance.pending)})) : null);
const heldNote = (data) => (data.held > 0 ? h('p', {class: 'lead', id: 'held'}, t('held', {n: whole(data.held), min: data.personsMin})) : null);

export async function goalsView() {
  const [goals, systems, balance, health] = await Promise.all([get('/api/v1/goals'), get('/api/v1/systems').catch(() => null), get('/api/v1/balance').catch(() => null), ready().catch(() => null)]);
  const note = h('div', {}, heldNote(goals)), behind = h('div', {}, behindNote(balance, systems?.total));
  const grid = h('div', {class: 'tiles', id: 'goals'}, tiles(goals));
  const outside = h('div', {class: 'tiles'}, others(goals));
  const strip = h('div', {class: 'strip', id: 'strip'}, statusStrip(systems?.total, balance, health, systems?.systems));
  const desk = systemsDesk(systemsMax, (n) => link('/systems', {}, t('allSystems', {n: whole(n)})));
  desk.draw(systems?.systems ?? []);
  let state = health;
  return {
    title: 'Sluse',
    node: [h('h1', {}, t('eight')), h('p', {class: 'lead'}, t('lead')), strip, behind, note, grid,
           goals.others.length > 0 && [h('h2', {class: 'section'}, t('outside')), outside, otherNames(goals)],
           h('h2', {class: 'section'}, t('systems')), desk.node],
    goals: (data) => (show(note, heldNote(data)), show(grid, tiles(data)), show(outside, others(data))),
    throughput: async (data) => {
      show(strip, statusStrip(data.total, data.balance, state, data.systems));
      show(behind, behindNote(data.balance, data.total));
      desk.draw(data.systems);
      if (!strip.dataset.asked || Date.now() - strip.dataset.asked > 5000) {
        strip.dataset.asked = Date.now();
        state = await ready().catch(() => null);
      }
    },
  };
}

export async function goalView(id) {
  const [goal, all] = await Promise.all([get(`/api/v1/goals/${encodeURIComponent(id)}`), get('/api/v1/goals')]);
  const list = h('div', {class: 'tiles wide'}, goal.indicators.map((indicator) => h('article', {class: 'card tile'}, indicatorBlock(indicator, all.personsMin, 'h2'), h('p', {class: 'definition'}, pick(indicator.description)))));
  return {
    title: pick(goal.name),
    node: [h('p', {class: 'crumbs'}, link('/', {}, t('back'))), h('h1', {}, h('span', {class: 'number-badge'}, goal.id), pick(goal.name)),
           goal.indicators.length ? list : h('p', {class: 'empty'}, t('notLive')),
           goal.planned.length > 0 && h('section', {class: 'card'}, h('h2', {}, t('planned')), h('ul', {class: 'planned-list'}, goal.planned.map((each) => h('li', {}, h('span', {class: 'code'}, each.id), pick(each.title), pick(each.needs) && h('span', {class: 'facts'}, ` · ${pick(each.needs)}`)))))],
    goals: (data) => {
      const fresh = data.goals.find((each) => each.id === id);
      if (fresh) show(list, fresh.indicators.map((indicator) => h('article', {class: 'card tile'}, indicatorBlock(indicator, data.personsMin, 'h2'), h('p', {class: 'definition'}, pick(indicator.description)))));
    },
  };
}
