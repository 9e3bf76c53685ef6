'use strict';
// Lets readers look closer: along the time axis where there is one, else into the picture as it is.
const $ = (id) => document.getElementById(id);
const svg = document.querySelector('#picture svg');
const whole = svg.viewBox.baseVal, WIDTH = whole.width, HEIGHT = whole.height;
const panels = [...svg.querySelectorAll('g.panel[data-left]')].map((g) => ({
  g, left: +g.dataset.left, right: +g.dataset.right, bottom: +g.dataset.bottom, from: +g.dataset.from, to: +g.dataset.to,
  ticks: g.querySelector('g.ticks'), top: g.getBBox().y,
}));
const timed = panels.length > 0;
const rows = [...document.querySelectorAll('tbody tr')];
const FULL = timed ? { x: 0, y: 0, w: 1, h: 1 } : { x: 0, y: 0, w: WIDTH, h: HEIGHT };
let view = { ...FULL };

// What is said on hover, at once instead of after a while.
const said = new Map();
for (const title of svg.querySelectorAll('title')) {
  const mark = title.parentNode;
  if (mark === svg) continue;
  said.set(mark, title.textContent);
  mark.setAttribute('aria-label', title.textContent);
  title.remove();
}

// Where everything along the time axis stands when all is seen.
const moved = [];
for (const panel of panels) {
  for (const mark of panel.g.querySelectorAll('g.along > *')) {
    const at = {};
    for (const name of ['cx', 'x', 'x1', 'x2', 'width']) if (mark.hasAttribute(name)) at[name] = +mark.getAttribute(name);
    if (mark.tagName === 'path') {
      const box = mark.getBBox();
      if (mark.dataset.row) at.middle = box.x + box.width / 2;
      else mark.setAttribute('vector-effect', 'non-scaling-stroke');
    }
    moved.push({ mark, panel, at });
  }
}

const STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500].concat(
  [1, 2, 5, 10, 15, 30].map((n) => n * 1e3), [1, 2, 5, 10, 15, 30].map((n) => n * 6e4),
  [1, 2, 3, 6, 12].map((n) => n * 36e5), [1, 2, 7, 14, 30, 60, 90, 180, 365, 730, 1825, 3650].map((n) => n * 864e5));
const iso = (ms) => new Date(ms).toISOString().replace('.000Z', 'Z');
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

function drawTicks(panel, from, to) {
  const room = (panel.right - panel.left) / 86, step = STEPS.find((s) => s >= (to - from) / room) || STEPS[STEPS.length - 1];
  const parts = [];
  let day = '';
  for (let t = Math.ceil(from / step) * step; t <= to && parts.length < 300; t += step) {
    const text = iso(t), x = panel.left + (t - from) / (to - from) * (panel.right - panel.left);
    const date = new Date(t), long = step >= 864e5;
    const label = long ? `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]}` : text.slice(11, step < 1e3 ? 23 : step < 6e4 ? 19 : 16);
    const below = long ? text.slice(0, 4) : `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${text.slice(0, 4)}`;
    const shape = (name, attributes, content) => {
      const made = document.createElementNS(svg.namespaceURI, name);
      for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
      if (content) made.textContent = content;
      parts.push(made);
    };
    const grid = panel.grid;
    shape('line', { x1: x, x2: x, y1: grid.y1, y2: panel.bottom, stroke: grid.stroke, 'stroke-width': 1 });
    shape('text', { x, y: panel.bottom + 15, 'font-size': 11, 'text-anchor': 'middle' }, label);
    if (below !== day) shape('text', { x, y: panel.bottom + 28, 'font-size': 11, 'text-anchor': 'middle' }, below);
    day = below;
  }
  panel.ticks.replaceChildren(...parts);
}

for (const panel of panels) {
  const line = panel.ticks.querySelector('line');
  panel.first = [...panel.ticks.childNodes];
  panel.grid = { y1: line ? line.getAttribute('y1') : panel.top, stroke: line ? line.getAttribute('stroke') : 'none' };
}

const isFull = () => view.w >= FULL.w && view.h >= FULL.h;

function show(next) {
  const w = Math.min(FULL.w, Math.max(next.w, FULL.w / 1e5)), h = timed ? 1 : Math.min(HEIGHT, Math.max(next.h, HEIGHT / 100));
  view = { w, h, x: Math.min(Math.max(next.x, 0), FULL.w - w), y: timed ? 0 : Math.min(Math.max(next.y, 0), FULL.h - h) };
  if (timed && isFull()) {
    for (const { mark, at } of moved) {
      for (const name of ['cx', 'x', 'x1', 'x2', 'width']) if (name in at) mark.setAttribute(name, at[name]);
      mark.removeAttribute('transform');
    }
    for (const panel of panels) panel.ticks.replaceChildren(...panel.first);
  } else if (timed) {
    const place = (panel, x) => {
      const length = panel.right - panel.left;
      return panel.left + ((x - panel.left) / length - view.x) / view.w * length;
    };
    for (const { mark, panel, at } of moved) {
      for (const name of ['cx', 'x', 'x1', 'x2']) if (name in at) mark.setAttribute(name, place(panel, at[name]));
      if ('width' in at) mark.setAttribute('width', Math.max(1.5, at.width / view.w));
      if ('middle' in at) mark.setAttribute('transform', `translate(${place(panel, at.middle) - at.middle} 0)`);
      else if (mark.tagName === 'path') mark.setAttribute('transform', `matrix(${1 / view.w} 0 0 1 ${place(panel, 0)} 0)`);
    }
    for (const panel of panels) {
      const length = panel.to - panel.from;
      drawTicks(panel, panel.from + view.x * length, panel.from + (view.x + view.w) * length);
    }
  } else {
    svg.setAttribute('viewBox', `${view.x} ${view.y} ${view.w} ${view.h}`);
  }
  list();
}

// The rows of the table that are in view and hold what is looked for.
function list() {
  const words = $('find').value.toLowerCase();
  let inView = () => true;
  if (timed && !isFull()) {
    const { from, to } = panels[0], length = to - from;
    const [start, end] = [from + view.x * length, from + (view.x + view.w) * length];
    $('range').textContent = `${iso(Math.round(start))} to ${iso(Math.round(end))}`;
    inView = (row) => row.dataset.time >= start && row.dataset.time <= end;
  } else {
    $('range').textContent = '';
    const marks = [...svg.querySelectorAll('[data-row]')];
    if (!isFull() && new Set(marks.map((mark) => mark.dataset.row)).size >= rows.length) {
      const seen = new Set(marks.filter((mark) => {
        const box = mark.getBBox(), x = box.x + box.width / 2, y = box.y + box.height / 2;
        return x >= view.x && x <= view.x + view.w && y >= view.y && y <= view.y + view.h;
      }).map((mark) => `row${mark.dataset.row}`));
      inView = (row) => seen.has(row.id);
    }
  }
  let shown = 0;
  for (const row of rows) {
    row.hidden = !(inView(row) && (!words || row.textContent.toLowerCase().includes(words)));
    shown += row.hidden ? 0 : 1;
  }
  $('shown').textContent = shown < rows.length ? `${shown} of ${rows.length} rows` : '';
}

function point(event) {
  const box = svg.getBoundingClientRect(), now = timed ? FULL_BOX : view;
  return { x: now.x + (event.clientX - box.left) / box.width * now.w, y: now.y + (event.clientY - box.top) / box.height * now.h };
}
const FULL_BOX = { x: 0, y: 0, w: WIDTH, h: HEIGHT };
const panelAt = ({ x, y }) => panels.find((p) => x >= p.left && x <= p.right && y >= p.top && y <= p.bottom);

// Comes closer around a place, which stays where it is.
function zoom(factor, at) {
  let x = 0.5, y = 0.5;
  if (timed) {
    const panel = at && panelAt(at);
    if (panel) x = (at.x - panel.left) / (panel.right - panel.left);
  } else if (at) {
    [x, y] = [(at.x - view.x) / view.w, (at.y - view.y) / view.h];
  }
  const w = view.w * factor, h = view.h * factor;
  show({ w, h, x: view.x + (view.w - w) * x, y: view.y + (view.h - h) * y });
}

svg.addEventListener('wheel', (event) => {
  event.preventDefault();
  zoom(event.deltaY < 0 ? 0.8 : 1.25, point(event));
}, { passive: false });

let drag = null;
svg.addEventListener('pointerdown', (event) => {
  const at = point(event), panel = panelAt(at);
  if (event.button !== 0 || (timed && !panel)) return;
  drag = { at, panel, box: document.createElementNS(svg.namespaceURI, 'rect') };
  drag.box.setAttribute('class', 'pick');
  svg.append(drag.box);
  svg.setPointerCapture(event.pointerId);
});

function selected(event) {
  const to = point(event), { at, panel } = drag;
  const clamp = (x) => panel ? Math.min(Math.max(x, panel.left), panel.right) : x;
  const [x1, x2] = [clamp(Math.min(at.x, to.x)), clamp(Math.max(at.x, to.x))];
  const [y1, y2] = panel ? [panel.top, panel.bottom] : [Math.min(at.y, to.y), Math.max(at.y, to.y)];
  return { x: x1, y: y1, width: x2 - x1, height: y2 - y1 };
}

svg.addEventListener('pointermove', (event) => {
  if (drag) for (const [name, value] of Object.entries(selected(event))) drag.box.setAttribute(name, value);
});
svg.addEventListener('pointerup', (event) => {
  if (!drag) return;
  const { x, y, width, height } = selected(event), { panel, box } = drag;
  box.remove();
  drag = null;
  if (width < 5) return;
  if (panel) {
    const length = panel.right - panel.left;
    show({ x: view.x + (x - panel.left) / length * view.w, w: width / length * view.w, y: 0, h: 1 });
  } else {
    // As much around it as the picture's form needs.
    const w = Math.max(width, height * WIDTH / HEIGHT), h = w * HEIGHT / WIDTH;
    show({ w, h, x: x + width / 2 - w / 2, y: y + height / 2 - h / 2 });
  }
});
svg.addEventListener('pointercancel', () => { if (drag) drag.box.remove(); drag = null; });
svg.addEventListener('dblclick', () => show(FULL));

let hot = [];
svg.addEventListener('mousemove', (event) => {
  const mark = said.has(event.target) ? event.target : null, tip = $('tip');
  hot.forEach((element) => element.classList.remove('hot'));
  hot = [];
  tip.hidden = !mark;
  if (!mark) return;
  tip.textContent = said.get(mark);
  const box = tip.getBoundingClientRect();
  tip.style.left = `${Math.max(4, Math.min(event.clientX + 14, innerWidth - box.width - 8))}px`;
  tip.style.top = `${Math.max(4, event.clientY + 16 + box.height > innerHeight ? event.clientY - box.height - 10 : event.clientY + 16)}px`;
  const row = mark.dataset.row && $(`row${mark.dataset.row}`);
  if (mark.dataset.row) hot.push(mark);
  if (row) hot.push(row);
  hot.forEach((element) => element.classList.add('hot'));
});
svg.addEventListener('mouseleave', () => { $('tip').hidden = true; });
svg.addEventListener('click', (event) => {
  const row = event.target.dataset.row && $(`row${event.target.dataset.row}`);
  if (row) row.scrollIntoView({ block: 'nearest' });
});

$('closer').addEventListener('click', () => zoom(0.5));
$('farther').addEventListener('click', () => zoom(2));
$('all').addEventListener('click', () => show(FULL));
$('find').addEventListener('input', list);
$('picture').addEventListener('keydown', (event) => {
  const by = { ArrowLeft: [-0.1, 0], ArrowRight: [0.1, 0], ArrowUp: [0, -0.1], ArrowDown: [0, 0.1] }[event.key];
  if (by) show({ ...view, x: view.x + by[0] * view.w, y: view.y + by[1] * view.h });
  else if (event.key === '+') zoom(0.5);
  else if (event.key === '-') zoom(2);
  else if (event.key === '0') show(FULL);
  else return;
  event.preventDefault();
});
