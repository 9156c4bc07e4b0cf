// A list that is searched, filtered, sorted, leafed through and taken away as CSV. Its state stands in the address.

const PAGE = 50;

/** Return values as they stand in the address, without empty ones. */
function query(values) {
  return new URLSearchParams(Object.entries(values).filter(([, value]) => value !== '' && value !== undefined)).toString();
}

/**
 * Return a view { element, show(params) } of rows.
 * filters: [{ name, label, type, options, keep(row, value) }]; sorts: [[name, label, compare]], the first is the usual one;
 * render(row) makes the element of a row; csv: { columns, rows(row) }; note: what is left out.
 */
function makeList({ name, noun, rows, filters, sorts, render, csv, note }) {
  const status = make('p', { class: 'status', role: 'status' });
  const list = make('div', { class: 'list' });
  const pages = make('nav', { class: 'pages', 'aria-label': 'Pages' });
  const fields = [...filters, { name: 'sort', label: 'Sort by', type: 'select', options: sorts.map(([value, label]) => [value, label]) }];
  const inputs = fields.map((field) => makeInput(field));
  let kept = rows;
  let waiting = 0;

  const read = () => Object.fromEntries(inputs.map((input) => [input.name, input.value === usual(input) ? '' : input.value]));
  const usual = (input) => (input.name === 'sort' ? sorts[0][0] : '');
  const go = (page) => {
    history.replaceState(null, '', `#${name}?${query({ ...read(), page: page > 1 ? page : '' })}`);
    update(page);
  };
  const turn = (page) => { go(page); status.scrollIntoView({ block: 'start' }); };
  const update = (page) => {
    const values = read();
    const tests = filters.filter((filter) => values[filter.name] !== '').map((filter) => filter.prepare(values[filter.name]));
    const compare = sorts.find(([value]) => value === values.sort)?.[2];
    kept = rows.filter((row) => tests.every((test) => test(row)));
    if (compare) kept.sort(compare);
    showPage(Math.min(Math.max(page, 1), Math.max(Math.ceil(kept.length / PAGE), 1)));
  };
  const showPage = (page) => {
    const from = (page - 1) * PAGE;
    const shown = kept.slice(from, from + PAGE);
    const of = kept.length === rows.length ? '' : ` of ${NUMBER.format(rows.length)}`;
    const place = kept.length > PAGE ? `, ${NUMBER.format(from + 1)} to ${NUMBER.format(from + shown.length)} shown` : '';
    status.textContent = kept.length ? `${count(kept.length, noun)}${of}${place}` : `No ${noun} is like that; ${NUMBER.format(rows.length)} without the filters`;
    list.replaceChildren(...shown.map(render));
    pages.replaceChildren(...makePages(page, Math.ceil(kept.length / PAGE), turn));
  };

  const form = make('form', { class: 'filters', role: 'search', on: {
    submit: (event) => event.preventDefault(),
    input: (event) => { clearTimeout(waiting); waiting = setTimeout(go, event.target.type === 'select-one' ? 0 : 120, 1); },
    reset: () => setTimeout(go, 0, 1),
  } }, fields.map((field, i) => make('label', { class: `field of-${field.type}` }, make('span', {}, field.label), inputs[i])),
  make('button', { type: 'reset' }, 'Clear'));
  const tools = make('div', { class: 'tools' }, status,
    make('button', { type: 'button', on: { click: () => download(`${name}.csv`, writeCsv(csv.columns, kept.flatMap(csv.rows))) } }, 'Save as CSV'),
    render.opens && make('button', { type: 'button', on: { click: () => openAll(list) } }, 'Open or close all'));
  const element = make('section', {}, make('h1', { class: 'unseen' }, name), note && make('p', { class: 'notice' }, note), form, tools, list, pages);
  const show = (params) => {
    inputs.forEach((input) => { input.value = params.get(input.name) ?? usual(input); });
    update(Number(params.get('page')) || 1);
  };
  return { element, show };
}

function makeInput({ name, type, options = [], placeholder, step, max }) {
  if (type !== 'select') return make('input', { name, type, placeholder, min: type === 'number' ? 0 : null, max, step, autocomplete: 'off' });
  return make('select', { name }, options.map(([value, label]) => make('option', { value }, label)));
}

function makePages(page, last, turn) {
  if (last < 2) return [];
  const button = (label, to) => make('button', { type: 'button', disabled: to < 1 || to > last || to === page, on: { click: () => turn(to) } }, label);
  const place = make('span', {}, `Page ${NUMBER.format(page)} of ${NUMBER.format(last)}`);
  return [button('First', 1), button('Previous', page - 1), place, button('Next', page + 1), button('Last', last)];
}

function openAll(list) {
  const found = [...list.querySelectorAll(':scope > details')];
  const open = !found.every((details) => details.open);
  found.forEach((details) => { details.open = open; });
}

/** Return a filter by words that all have to stand somewhere in a row. textOf(row): where to look, as folded text. */
function searchFilter(textOf) {
  const prepare = (value) => {
    const wanted = foldText(value).split(/\s+/).filter(Boolean);
    return (row) => wanted.every((word) => textOf(row).includes(word));
  };
  return { name: 'q', label: 'Search', type: 'search', placeholder: 'words, a document, an id', prepare };
}

/** Return a filter by one of a few values. */
function choiceFilter(name, label, options, valueOf) {
  return { name, label, type: 'select', options: [['', 'any'], ...options], prepare: (value) => (row) => valueOf(row, value) };
}

/** Return a filter from a number on, or with `atMost` up to it; given in percent where `share`. */
function numberFilter(name, label, valueOf, { atMost = false, share = false } = {}) {
  const prepare = (value) => {
    const limit = share ? Number(value) / 100 : Number(value);
    return (row) => (atMost ? valueOf(row) <= limit + 1e-9 : valueOf(row) >= limit - 1e-9);
  };
  return { name, label, type: 'number', step: 1, max: share ? 100 : null, prepare };
}

/** Return sources as options, sorted. */
function listSources(data) {
  const sources = [...new Set(data.documents.map(({ source }) => source))].sort();
  return sources.filter((source) => source !== '').map((source) => [source, showName(source)]);
}
