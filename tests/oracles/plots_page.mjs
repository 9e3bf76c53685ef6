// Opens pages of plots in a headless Chromium, as a reader would use them: hover, scroll, drag, find, reset. Needs Node
// and Chromium (Debian: `apt-get install chromium`), nothing else.
//
//   node tests/oracles/plots_page.mjs FILE.html…
//
// Ends with 0 when every page does what it should, and tells each that does not.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const profile = mkdtempSync(join(tmpdir(), 'plots-page-'));
// Its third and fourth pipe speak the DevTools protocol: JSON, each message ended by a zero.
const browser = spawn('chromium', ['--headless', '--no-sandbox', '--disable-gpu', '--window-size=1000,900',
  '--remote-debugging-pipe', `--user-data-dir=${profile}`, 'about:blank'], { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
const [, , , questions, answers] = browser.stdio;
const waiting = new Map();
const events = [];
let unread = '';
answers.setEncoding('utf8').on('data', (data) => {
  const messages = (unread + data).split('\0');
  unread = messages.pop();
  for (const message of messages.map((text) => JSON.parse(text))) {
    if (message.id) waiting.get(message.id)(message);
    else events.push(message);
  }
});
let count = 0;
const ask = (method, params = {}, sessionId) => new Promise((answer, failed) => {
  count += 1;
  waiting.set(count, ({ result, error }) => error ? failed(new Error(`${method}: ${error.message}`)) : answer(result));
  questions.write(`${JSON.stringify({ id: count, method, params, sessionId })}\0`);
});

async function check(file) {
  const { targetId } = await ask('Target.createTarget', { url: 'about:blank' });
  const { sessionId } = await ask('Target.attachToTarget', { targetId, flatten: true });
  const say = (method, params) => ask(method, params, sessionId);
  const read = async (expression) => {
    const { result, exceptionDetails } = await say('Runtime.evaluate', { expression, returnByValue: true });
    if (exceptionDetails) throw new Error(`${expression}: ${exceptionDetails.text}`);
    return result.value;
  };
  const mouse = (type, x, y, more = {}) => say('Input.dispatchMouseEvent', { type, x, y, ...more });
  await say('Page.enable');
  await say('Runtime.enable');
  await say('Log.enable');
  await say('Network.enable');
  events.length = 0;
  await say('Page.navigate', { url: pathToFileURL(resolve(file)).href });
  while (await read('document.readyState') !== 'complete') await new Promise((later) => setTimeout(later, 20));

  const faults = [];
  const must = (what, holds) => { if (!holds) faults.push(what); };
  must('the script runs', await read('svg.querySelectorAll("title").length') === 1);
  must('the font is there', await read('document.fonts.check("12px \\"Noto Sans\\"")'));
  const timed = await read('timed');
  const rows = await read('rows.length');
  must('there is a table', rows > 0);

  // Hover: the first mark that is on the screen.
  const mark = await read(`(() => { for (const [mark] of said) { const box = mark.getBoundingClientRect();
    const x = box.x + box.width / 2, y = box.y + box.height / 2;
    if (y > 60 && y < innerHeight - 20 && document.elementFromPoint(x, y) === mark) return { x, y, text: said.get(mark) }; } })()`);
  must('a mark can be reached', mark);
  if (mark) {
    await mouse('mouseMoved', mark.x, mark.y);
    must('hovering says what it is', await read('!$("tip").hidden && $("tip").textContent') === mark.text);
  }

  // Scroll: closer, and back again.
  const box = await read('(() => { const b = svg.getBoundingClientRect(); return { x: b.x, y: b.y, w: b.width, h: b.height } })()');
  const middle = { x: box.x + box.w * 0.6, y: Math.min(box.y + box.h * 0.55, 800) };
  const places = "svg.innerHTML.replace(/ class=.[^\"]*.| data-[a-z]+=.[^\"]*./g, '')";
  const before = await read(places);
  await mouse('mouseWheel', middle.x, middle.y, { deltaX: 0, deltaY: -100 });
  must('scrolling comes closer', await read('view.w < FULL.w'));
  await read('$("all").click()');
  must('all shows all', await read('isFull()'));
  must('all puts everything back', await read(places) === before);

  // Drag: a range is selected, and the table follows.
  const [from, to] = timed ? [0.3, 0.5] : [0.2, 0.6];
  const y = timed ? await read('(() => { const b = svg.getBoundingClientRect(), p = panels[0]; return b.y + (p.top + p.bottom) / 2 / HEIGHT * b.height })()') : box.y + Math.min(box.h, 700) * 0.3;
  await mouse('mouseMoved', box.x + box.w * from, y);
  await mouse('mousePressed', box.x + box.w * from, y, { button: 'left', clickCount: 1 });
  await mouse('mouseMoved', box.x + box.w * to, y + 10, { button: 'left', buttons: 1 });
  must('the selection is seen', await read('svg.querySelectorAll(".pick").length') === 1);
  await mouse('mouseReleased', box.x + box.w * to, y + 10, { button: 'left', clickCount: 1 });
  must('selecting comes closer', await read('!isFull()'));
  if (timed) {
    must('the range is said', /^\d{4}-.*Z to \d{4}-.*Z$/.test(await read('$("range").textContent')));
    must('the table follows', await read('rows.filter((row) => row.hidden).length') > 0);
    must('there are ticks', await read('svg.querySelectorAll("g.ticks text").length') > 1);
  }
  await read('$("picture").focus()');
  await say('Input.dispatchKeyEvent', { type: 'keyDown', key: '0', text: '0' });
  must('0 shows all', await read('isFull()'));

  // Find.
  await read('$("find").value = "no such text anywhere"; $("find").dispatchEvent(new Event("input"))');
  must('finding hides the rest', await read('rows.every((row) => row.hidden)'));

  for (const { method, params } of events) {
    if (method === 'Network.requestWillBeSent' && !/^(file|data|about):/.test(params.request.url)) faults.push('it fetches something');
    if (method === 'Runtime.exceptionThrown') faults.push(`the script fails: ${params.exceptionDetails.exception?.description}`);
    if (method === 'Log.entryAdded' && params.entry.level === 'error') faults.push(`the browser complains: ${params.entry.text}`);
  }
  must('nothing of the data ran', await read('typeof window.pwned') === 'undefined');
  await ask('Target.closeTarget', { targetId });
  return faults;
}

let failed = 0;
for (const file of process.argv.slice(2)) {
  const faults = await check(file).catch((error) => [error.message]);
  failed += faults.length > 0 ? 1 : 0;
  console.log(`${faults.length === 0 ? 'ok' : 'FAILED'} ${file}${faults.map((fault) => `\n  not so: ${fault}`).join('')}`);
}
const ended = new Promise((end) => browser.on('exit', end));
await ask('Browser.close');
await ended;
rmSync(profile, { recursive: true, force: true });
process.exitCode = failed > 0 ? 1 : 0;
