// Charts as drawings of our own. Each has its numbers beside it as text, and no meaning in colour alone.

let nPatterns = 0;

/** Return bars in rows: each { label, href, parts: [[kind, words]], note }, drawn to one scale. */
function drawRows(title, rows) {
  const most = Math.max(1, ...rows.map(({ parts }) => parts.reduce((sum, [, value]) => sum + value, 0)));
  const body = rows.map(({ label, href, parts, note }) => make('tr', {},
    make('th', { scope: 'row' }, href ? make('a', { href }, make('bdi', {}, label)) : make('bdi', {}, label)),
    make('td', { class: 'drawn' }, drawBar(parts, most)),
    make('td', { class: 'number' }, note)));
  return make('table', { class: 'rows' }, make('caption', { class: 'unseen' }, title), make('tbody', {}, body));
}

function drawBar(parts, most) {
  const id = `hatch${nPatterns++}`;
  const picture = draw('svg', { width: '100%', height: 18, 'aria-hidden': 'true' }, drawPatterns(id));
  let from = 0;
  for (const [kind, value] of parts) {
    const place = { x: `${(100 * from) / most}%`, y: 2, width: `${(100 * value) / most}%`, height: 14 };
    if (value) picture.append(draw('rect', { ...place, class: `fill ${kind}` }), draw('rect', { ...place, fill: `url(#${id}${kind})` }));
    from += value;
  }
  return picture;
}

/** Return the hatching that tells kinds apart without colour: captions plain, paragraphs striped, furniture dotted. */
function drawPatterns(id) {
  const size = { width: 6, height: 6, patternUnits: 'userSpaceOnUse' };
  return draw('defs', {},
    draw('pattern', { id: `${id}paragraph`, ...size }, draw('path', { d: 'M-1 1l2-2M0 6l6-6M5 7l2-2', class: 'hatch' })),
    draw('pattern', { id: `${id}furniture`, ...size }, draw('circle', { cx: 3, cy: 3, r: 1.1, class: 'dot' })),
    draw('pattern', { id: `${id}caption`, ...size }));
}

function drawKey(kinds) {
  const swatch = (kind) => {
    const bar = drawBar([[kind, 1]], 1);
    bar.setAttribute('width', 22);
    return make('li', {}, bar, kind);
  };
  return make('ul', { class: 'key' }, kinds.map(swatch));
}

/** Return columns in a row, each { label, value, name, href }, with their numbers on top. The table beside it says the same. */
function drawColumns(title, columns, heads) {
  const most = Math.max(1, ...columns.map(({ value }) => value));
  const step = 100 / columns.length;
  const bars = columns.flatMap(({ label, value, name }, i) => drawColumn(label, value, name, i, step, most));
  const told = `${title}: ${columns.filter(({ value }) => value).map(({ name, value }) => `${name} ${value}`).join('; ')}`;
  return make('div', {},
    draw('svg', { class: 'columns', width: '100%', height: 190, role: 'img', 'aria-label': told }, ...bars,
      draw('line', { x1: 0, x2: '100%', y1: 164.5, y2: 164.5, class: 'axis' })),
    make('details', { class: 'numbers' }, make('summary', {}, 'As a table'), listColumns(columns, heads)));
}

function drawColumn(label, value, name, i, step, most) {
  const height = value ? Math.max(2, (136 * value) / most) : 0;
  const middle = `${(i + 0.5) * step}%`;
  return [
    draw('rect', { x: `${(i + 0.12) * step}%`, width: `${0.76 * step}%`, y: 164 - height, height, class: 'fill plain' },
      draw('title', {}, `${name}: ${NUMBER.format(value)}`)),
    value ? draw('text', { x: middle, y: 159 - height, class: 'value' }, NUMBER.format(value)) : '',
    draw('text', { x: middle, y: 181, class: 'label' }, label),
  ].filter(Boolean);
}

function listColumns(columns, heads) {
  return make('table', { class: 'plain' },
    make('thead', {}, make('tr', {}, heads.map((head) => make('th', { scope: 'col' }, head)))),
    make('tbody', {}, columns.filter(({ value }) => value).map(({ name, value }) =>
      make('tr', {}, make('th', { scope: 'row' }, name), make('td', { class: 'number' }, NUMBER.format(value))))));
}

/** Return a table of numbers by two names, shaded by size. */
function drawHeat(title, names, words) {
  const most = Math.max(1, ...words.flat());
  const level = (value) => (value ? 1 + Math.floor(4.999 * Math.sqrt(value / most)) : 0);
  const cell = (value, i, j) => make('td', { class: `heat level${level(value)}`, title: `${names[i]} and ${names[j]}` },
    value ? NUMBER.format(value) : make('span', { class: 'aside' }, '·'));
  return make('div', { class: 'wide', tabindex: 0, role: 'region', 'aria-label': title }, make('table', { class: 'heatmap' },
    make('caption', { class: 'unseen' }, title),
    make('thead', {}, make('tr', {}, make('td'), names.map((name) => make('th', { scope: 'col' }, make('bdi', {}, name))))),
    make('tbody', {}, words.map((row, i) =>
      make('tr', {}, make('th', { scope: 'row' }, make('bdi', {}, names[i])), row.map((value, j) => cell(value, i, j)))))));
}
