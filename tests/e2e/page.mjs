// tests/e2e/page.mjs — drives the page in Chromium: node page.mjs PLAN.json, one line of JSON a finding on stdout, exit 1 if there is one.
// The plan: url, screenshots (folder), first and second (lists of HL7 v2 messages), secret (text that must not be shown), systems.
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {chromium} from 'playwright-core';

const plan = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const profile = mkdtempSync(join(tmpdir(), 'sluse-page-'));
const found = [];
const check = (what, right, seen = '') => {
  console.error(`${right ? 'ok  ' : 'FAIL'} ${what} ${right ? '' : seen}`);
  if (!right) found.push({what, seen: String(seen)});
};

const quiet = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
const context = await chromium.launchPersistentContext(profile, {executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', headless: true, args: quiet, viewport: {width: 1280, height: 900}, locale: 'da-DK', colorScheme: 'light'});
const page = context.pages()[0] ?? (await context.newPage());
page.setDefaultTimeout(20_000);
page.on('console', (message) => ['error', 'warning'].includes(message.type()) && check('the console is quiet', false, message.text()));
page.on('pageerror', (error) => check('no script fails', false, error.message));
page.on('request', (request) => new URL(request.url()).origin === new URL(plan.url).origin || request.url().startsWith('data:') || check('nothing is fetched from elsewhere', false, request.url()));

const text = (selector) => page.locator(selector).first().innerText();
const figure = (id) => text(`[data-indicator="${id}"] .figure`);
const open = (path) => page.goto(plan.url + path, {waitUntil: 'load'});
const waitFor = (what, condition, argument) => page.waitForFunction(condition, argument, {timeout: 30_000}).then(() => check(what, true), () => check(what, false, 'waited 30 s in vain'));
let lastId = '';
async function post(messages) {
  for (const body of messages) {
    const answer = await fetch(`${plan.url}/api/v1/messages`, {method: 'POST', headers: {'Content-Type': 'application/hl7-v2'}, body});
    const receipt = await answer.json();
    if (!answer.ok) throw new Error(`a message is not taken in: ${answer.status} ${JSON.stringify(receipt)}`);
    lastId = receipt.id ?? lastId;
  }
}

/// No line runs out of a narrow screen, in either colour scheme.
async function narrow(path) {
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({colorScheme});
    await page.setViewportSize({width: 360, height: 740});
    await open(path);
    await page.waitForSelector('main h1');
    await page.waitForTimeout(300);
    const [wide, room] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    check(`${path} fits 360 px (${colorScheme})`, wide <= room, `${wide} > ${room}`);
    const name = path.split('/')[1] || 'front';
    await page.screenshot({path: join(plan.screenshots, `${name}-360-${colorScheme}.png`), fullPage: true});
  }
  await page.emulateMedia({colorScheme: 'light'});
  await page.setViewportSize({width: 1280, height: 900});
}

async function frontPage() {
  await open('/');
  await page.waitForSelector('[data-goal]');
  check('there are eight goals', (await page.locator('[data-goal]').count()) === 8, await page.locator('[data-goal]').count());
  await page.waitForSelector('#live[data-state=live]');
  if (plan.empty) check('an empty gateway says how to send a message', (await text('#systems')).includes('curl'), await text('#systems'));
  await page.keyboard.press('Tab');
  check('the first key leads to the content', (await page.evaluate(() => document.activeElement.className)) === 'skip');

  await page.evaluate(() => (window.notReloaded = true));
  await post(plan.first);
  await waitFor('a tile shows a number', (id) => /\d/.test(document.querySelector(`[data-indicator="${id}"] .figure`)?.textContent ?? '') && !document.querySelector(`[data-indicator="${id}"] .figure.waiting`), plan.indicator);
  for (const system of plan.systems) await waitFor(`the table has ${system}`, (name) => document.querySelector('#systems')?.textContent.includes(name), system);
  const facts = await text(`[data-indicator="${plan.indicator}"] .facts`);
  await post(plan.second);
  await waitFor('the tile moves by itself', ([id, before]) => document.querySelector(`[data-indicator="${id}"] .facts`)?.textContent !== before, [plan.indicator, facts]);
  check('the page was not loaded again', await page.evaluate(() => window.notReloaded === true));
  check('the balance is 0', (await page.locator('#strip .stat.good strong').first().innerText()) === '0', await text('#strip'));
  await page.evaluate(() => document.activeElement.blur());
  await page.screenshot({path: join(plan.screenshots, 'front.png'), fullPage: true});
  console.error(`     ${plan.indicator}: ${facts} → ${await text(`[data-indicator="${plan.indicator}"] .facts`)}; ${await figure(plan.indicator)}`);
}

async function otherPages() {
  await page.click('#language');
  await page.waitForSelector('html[lang=en]');
  check('the page speaks English', (await text('main h1')) === 'The eight national goals', await text('main h1'));
  await page.click('#language');
  await page.waitForSelector('html[lang=da]');

  await page.click(`[data-indicator="${plan.indicator}"] h3 a`);
  await page.waitForSelector('.control.chart svg');
  await page.focus('.control.chart');
  const summary = await text('.control.chart figcaption');
  await page.keyboard.press('End');
  check('the arrow keys read the chart', (await text('.control.chart figcaption')) !== summary, summary);
  await page.keyboard.press('Escape');
  check('the run chart has its numbers beside it', (await page.locator('table.numbers tbody tr').count()) > 0);
  await page.screenshot({path: join(plan.screenshots, 'indicator.png'), fullPage: true});
  await page.selectOption('#by', 'region');
  await page.waitForSelector('.bars li');
  check('bars by region', (await page.locator('.bars li').count()) > 0);
  check('the choice stands in the address', page.url().endsWith('?by=region'), page.url());
  await page.reload({waitUntil: 'load'});
  await page.waitForSelector('.bars li');
  check('a kept address shows the same', (await page.inputValue('#by')) === 'region');

  await page.click('nav a[href="/systems"]');
  await page.click('#systems a');
  await page.waitForSelector('.tall svg');
  await page.click('nav a[href="/messages"]');
  await page.waitForSelector('#messages a');
  const all = await page.locator('#messages tbody tr').count();
  await page.selectOption('#system', plan.systems[0]);
  await page.click('#filter button');
  await page.waitForSelector(`#messages tbody tr`);
  check('the newest messages by system', await page.evaluate(([name, all]) => {
    const rows = [...document.querySelectorAll('#messages tbody tr')];
    return location.search.includes('system=') && rows.length > 0 && rows.length <= all && rows.every((row) => row.textContent.includes(name));
  }, [plan.systems[0], all]));
  await page.screenshot({path: join(plan.screenshots, 'messages.png'), fullPage: true});
  if (lastId) {
    await open(`/messages/${lastId}`);
    await page.waitForSelector('#content');
    check('a message names nobody at first', !(await page.content()).includes(plan.secret));
    check('a message says what it changed', (await page.locator('main a[href^="/indicators/"]').count()) > 0);
    await page.click('#content');
    await page.waitForSelector('pre.content');
    check('its content is shown when asked for', (await text('pre.content')).includes(plan.secret));
  }
  for (const path of ['/', `/indicators/${plan.indicator}`, '/systems', '/messages', '/quarantine', '/goals/1', ...(lastId ? [`/messages/${lastId}`] : [])]) await narrow(path);
}

try {
  await frontPage();
  await otherPages();
} catch (error) {
  check('the page can be driven', false, error.message);
} finally {
  await page.screenshot({path: join(plan.screenshots, 'last.png')}).catch(() => {});
  await context.close();
  rmSync(profile, {recursive: true, force: true});
}
for (const finding of found) console.log(JSON.stringify(finding));
process.exit(found.length ? 1 : 0);
