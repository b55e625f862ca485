// web/app.js — the app's frame: addresses to views, sign-in, language, the live connection.
import {Refused, follow, get, setToken} from './api.js';
import {h, link, show} from './dom.js';
import {language, t, toggleLanguage} from './text.js';
import {goalsView, goalView} from './goals.js';
import {indicatorView} from './indicator.js';
import {cellView, contributionView} from './explain.js';
import {signalsView} from './signals.js';
import {quarantineView, systemsView, systemView} from './desk.js';
import {messagesView, messageView} from './messages.js';

const main = document.getElementById('main');
const views = [
  [/^\/$/, goalsView], [/^\/goals\/([^/]+)$/, goalView], [/^\/indicators\/([^/]+)$/, indicatorView],
  [/^\/indicators\/([^/]+)\/explain$/, cellView], [/^\/contributions\/([^/]+)$/, contributionView],
  [/^\/signals$/, signalsView],
  [/^\/systems$/, systemsView], [/^\/systems\/([^/]+)$/, systemView], [/^\/messages$/, messagesView], [/^\/messages\/([^/]+)$/, messageView], [/^\/quarantine$/, quarantineView],
];
let current = {};
let following = false;

let leaving = false;
addEventListener('beforeunload', () => (leaving = true));
addEventListener('pageshow', () => (leaving = false)); // also when the browser brings the page back as it was

/// What an address names; bytes that are no text name nothing.
function named(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new Refused(404, '');
  }
}

async function open({focus = false} = {}) {
  frame();
  const path = location.pathname;
  const [found, view] = views.map(([pattern, view]) => [pattern.exec(path), view]).find(([found]) => found) ?? [];
  const mine = (current = {});
  try {
    if (!view) throw new Refused(404, '');
    const made = await view(found[1] && named(found[1]));
    if (current !== mine) return; // the reader has gone on
    Object.assign(mine, made);
    document.title = made.title === 'Sluse' ? 'Sluse' : `${made.title} · Sluse`;
    show(main, made.node);
  } catch (error) {
    if (current !== mine || leaving) return; // a fetch that leaving the page cut off is no failure
    if (error instanceof Refused && error.status === 401) show(main, signIn());
    else show(main, failure(error));
  }
  if (focus) {
    main.focus({preventScroll: true});
    scrollTo(0, 0);
  }
  if (!following) listen();
}

function failure(error) {
  const text = error.status === 404 || error.status === 400 ? t('notFound') : error.status === 403 ? t('forbidden') : t('error');
  if (!error.status) console.warn(error);
  return h('section', {class: 'empty', role: 'alert'}, h('h1', {}, text), h('p', {}, [400, 503].includes(error.status) || !error.status ? error.message : ''),
    h('p', {}, h('button', {type: 'button', onclick: () => open()}, t('again'))), h('p', {}, link('/', {}, t('back'))));
}

function signIn() {
  const input = h('input', {id: 'token', type: 'password', autocomplete: 'off', required: true});
  return h('form', {class: 'card sign-in', onsubmit: (event) => {
    event.preventDefault();
    setToken(input.value.trim());
    following = false;
    open();
  }}, h('h1', {}, t('signIn')), h('p', {}, t('signInHint')), h('label', {for: 'token'}, t('token')), input, h('button', {type: 'submit'}, t('signIn')));
}

function frame() {
  document.documentElement.lang = language();
  document.getElementById('skip').textContent = t('skip');
  // Where content can be shown, a person can be recognised.
  document.getElementById('foot').textContent = t(/^\/(messages|contributions)\/|\/explain$/.test(location.pathname) ? 'footContent' : 'foot');
  const button = document.getElementById('language');
  button.textContent = language() === 'da' ? 'English' : 'Dansk';
  button.lang = language() === 'da' ? 'en' : 'da';
  const nav = document.getElementById('nav');
  nav.setAttribute('aria-label', t('menu'));
  const here = location.pathname;
  const item = (href, word, within) => link(href, {'aria-current': within.test(here) ? 'page' : null}, t(word));
  show(nav, item('/', 'goals', /^\/($|goals|indicators|contributions)/), item('/signals', 'signals', /^\/signals/), item('/systems', 'systems', /^\/systems/), item('/messages', 'messages', /^\/messages/), item('/quarantine', 'quarantine', /^\/quarantine/));
}

function listen() {
  following = true;
  const sign = document.getElementById('live');
  const state = (now) => {
    sign.dataset.state = now;
    sign.lastElementChild.textContent = t(now);
  };
  follow({throughput: (data) => current.throughput?.(data), goals: (data) => current.goals?.(data)}, state).finally(() => (following = false));
}

document.addEventListener('click', (event) => {
  const anchor = event.target.closest('a[data-link]');
  if (!anchor || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  history.pushState({}, '', anchor.href);
  open({focus: true});
});
document.getElementById('language').addEventListener('click', () => {
  toggleLanguage();
  open();
});
addEventListener('popstate', () => open({focus: true}));
addEventListener('sluse-open', () => open({focus: true}));
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => open()); // charts take their colours when drawn
open();
