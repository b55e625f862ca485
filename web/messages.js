// web/messages.js — the newest messages by system, type and state; one message: what it became and changed, its content when asked for.
import {get} from './api.js';
import {changesSection} from './explain.js';
import {h, link, table} from './dom.js';
import {dateTime, reasonText, t, whole} from './text.js';

const narrow = matchMedia('(max-width: 760px)'); // as in style.css
const states = ['pending', 'processed', 'filtered', 'duplicate', 'quarantined', 'refused'];
const statusBadge = (status) => h('span', {class: `badge ${status === 'quarantined' || status === 'refused' ? 'warn' : 'quiet'}`}, t(`status.${status}`));

function goTo(path) {
  history.pushState({}, '', path);
  dispatchEvent(new Event('sluse-open'));
}

const control = (name, word, input) => h('div', {class: 'control'}, h('label', {for: name}, t(word)), input);

/// The filter as a form; what it asks stands in the address, so that a list can be kept and shared.
function filterForm(asked, systems) {
  const choice = (name, values, word) => h('select', {id: name, name}, h('option', {value: ''}, t('any')), values.map((value) => h('option', {value, selected: asked.get(name) === value}, word(value))));
  return h('form', {class: 'controls', id: 'filter', onsubmit: (event) => {
    event.preventDefault();
    const wanted = [...new FormData(event.target)].filter(([, value]) => value.trim() !== '').map(([name, value]) => [name, value.trim()]);
    goTo(`/messages${wanted.length ? `?${new URLSearchParams(wanted)}` : ''}`);
  }}, control('system', 'system', choice('system', systems.map((system) => system.name), (name) => name)),
  control('type', 'type', h('input', {id: 'type', name: 'type', value: asked.get('type'), placeholder: 'ADT^A01', autocomplete: 'off', spellcheck: 'false'})),
  control('status', 'status', choice('status', states, (state) => t(`status.${state}`))), h('button', {type: 'submit'}, t('show')));
}

export async function messagesView() {
  const asked = new URLSearchParams(location.search), question = new URLSearchParams(asked);
  if (narrow.matches && !question.has('limit')) question.set('limit', '15'); // a phone's screens are short: the rest is behind "older"
  const [{systems}, {messages, searched, next}] = await Promise.all([get('/api/v1/systems'), get(`/api/v1/messages?${question}`)]);
  const older = new URLSearchParams(asked);
  if (next) older.set('before', next);
  const list = messages.length === 0 ? h('section', {class: 'empty'}, h('h2', {}, t(next || [...asked].length ? 'noneAmong' : 'noMessages', {n: whole(searched)}))) : table(t('messages'), [
    {name: t('message'), cell: (row) => link(`/messages/${row.id}`, {}, h('code', {}, row.id))}, {name: t('receivedAt'), cell: (row) => dateTime(row.receivedAt)},
    {name: t('system'), cell: (row) => row.system}, {name: t('type'), words: true, cell: (row) => row.type}, {name: t('controlId'), cell: (row) => row.controlId},
    {name: t('status'), cell: (row) => statusBadge(row.status)}, {name: t('size'), number: true, cell: (row) => `${whole(row.bytes)} B`}], messages, 'cards brief');
  return {title: t('messages'), node: [h('h1', {}, t('messages')), filterForm(asked, systems), finder(), h('div', {id: 'messages'}, list),
    next && h('p', {class: 'facts'}, link(`/messages?${older}`, {id: 'older'}, t('older')))]};
}

/// Bytes as text: UTF-8 when they are, else Windows-1252, which is what most Danish systems send.
function decode(base64) {
  const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  let text;
  try {
    text = new TextDecoder('utf-8', {fatal: true}).decode(bytes);
  } catch {
    text = new TextDecoder('windows-1252').decode(bytes);
  }
  return text.replace(/\r\n?/g, '\n');
}

function contentSection(message) {
  const section = h('section', {class: 'card'}, h('h2', {}, t('content')), h('p', {class: 'facts'}, t('contentHint')));
  if (!message.contentAllowed) return section.append(h('p', {}, t('contentForbidden'))), section;
  const button = h('button', {type: 'button', id: 'content', onclick: async () => {
    const content = await get(`/api/v1/messages/${message.id}/content`).catch(() => null);
    if (!content) return;
    button.replaceWith(h('h3', {}, t('raw')), h('pre', {tabindex: 0, class: 'content'}, decode(content.base64)), h('h3', {}, t('asFhir')), h('pre', {tabindex: 0, class: 'content'}, content.fhir ? JSON.stringify(content.fhir, null, 2) : t('none_')));
  }}, t('showContent'));
  section.append(button);
  return section;
}

export async function messageView(id) {
  const message = await get(`/api/v1/messages/${encodeURIComponent(id)}`);
  const line = (name, value) => h('div', {}, h('dt', {}, name), h('dd', {}, value || '–'));
  const changes = message.changes.map((change) => h('li', {}, link(`/indicators/${encodeURIComponent(change.indicator)}`, {}, change.indicator), ` ${change.sign > 0 ? t('added') : t('retracted')}, ${change.period} (${change.rule})`));
  return {title: `${t('message')} ${message.type}`, node: [
    h('p', {class: 'crumbs'}, link('/messages', {}, t('messages'))), h('h1', {}, `${t('message')} ${message.type}`, ' ', statusBadge(message.status)),
    h('section', {class: 'card'}, h('dl', {class: 'facts-list'}, line('Id', h('code', {}, message.id)), line(t('system'), link(`/systems/${encodeURIComponent(message.system)}`, {}, message.system)), line(t('receivedAt'), dateTime(message.receivedAt)), line(t('format'), message.format), line(t('type'), message.type), line(t('controlId'), message.controlId), line(t('via'), message.via), line(t('position'), `${message.partition} / ${whole(message.offset)}`), line(t('size'), `${whole(message.bytes)} B`))),
    h('section', {class: 'card'}, h('h2', {}, t('changed')), changes.length ? h('ul', {}, changes) : h('p', {class: 'facts'}, t('nothingChanged'))),
    h('section', {class: 'card'}, h('h2', {}, t('became')), message.resources.length ? h('ul', {class: 'ids'}, message.resources.map((resource) => h('li', {}, `${resource.type} `, h('code', {}, resource.id)))) : h('p', {class: 'facts'}, t('none_'))),
    message.issues.length > 0 && h('section', {class: 'card'}, h('h2', {}, t('issues')), h('ul', {}, message.issues.map((issue) => h('li', {}, h('code', {}, issue.path), ` ${reasonText(issue.text)}`)))),
    message.contentAllowed && changesSection(message.id), contentSection(message)]};
}

function finder() {
  const input = h('input', {id: 'find', required: true, minlength: 26, maxlength: 26, autocomplete: 'off', spellcheck: 'false'});
  return h('form', {class: 'controls', onsubmit: (event) => {
    event.preventDefault();
    goTo(`/messages/${encodeURIComponent(input.value.trim())}`);
  }}, control('find', 'messageId', input), h('button', {type: 'submit'}, t('show')));
}
