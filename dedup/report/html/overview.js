// The first view: the verdict, the counts, and charts of what is duplicate, where, and how alike.

const KINDS = ['caption', 'paragraph', 'furniture'];

/** Return the overview of a report. */
function showOverview(data) {
  const { overview } = data;
  return make('div', { class: 'overview' },
    showVerdict(data),
    make('div', { class: 'charts' },
      showKinds(data, overview), showSources(data, overview), showSimilarities(data, overview), showSizes(overview),
      showHeat(overview), showPairs(overview)));
}

function showVerdict(data) {
  const { summary } = data;
  const share = make('strong', { class: 'big' }, fineShare(summary.duplicate_words, summary.words));
  const told = data.is_check
    ? [make('strong', { class: 'big' }, NUMBER.format(summary.findings)),
      make('span', {}, summary.findings === 1 ? ' finding in ' : ' findings in ', count(summary.documents, 'draft'), ', ',
        make('b', { class: data.is_over_limits ? 'over' : 'under' }, data.is_over_limits ? 'over the limits' : 'within the limits'))]
    : [share, make('span', {}, ' of the words stand in a paragraph that is there twice or more')];
  const folder = commonFolder && [['all in', showText(commonFolder)]];
  const facts = [...data.facts, ...folder].map(([name, value]) => make('div', {}, make('dt', {}, name), make('dd', {}, value)));
  return make('section', { class: 'verdict' }, make('h1', {}, ...told), make('dl', {}, facts));
}

function showChart(title, note, ...content) {
  return make('section', { class: 'chart' }, make('h2', {}, title), note && make('p', { class: 'aside' }, note), ...content);
}

function showWide(...given) {
  const chart = showChart(...given);
  chart.classList.add('whole');
  return chart;
}

function showKinds(data, { kinds }) {
  const whole = data.summary.words;
  const rows = kinds.map(({ kind, scope, clusters, words }) => ({
    label: `${kind} ${scope === 'within' ? 'within a document' : 'across documents'}`,
    href: `#clusters?kind=${kind}&scope=${scope}`,
    parts: [[kind, words]],
    note: [make('b', {}, fineShare(words, whole)), ` ${NUMBER.format(words)} words`, make('small', {}, count(clusters, 'cluster'))],
  }));
  const note = `Share of all ${NUMBER.format(whole)} words, first copies included.`;
  return showChart('Duplicate words by kind and scope', note, rows.length ? drawRows('Duplicate words by kind', rows) : showNothing());
}

function showSources(data, { sources, more_sources: more, more_source_words: rest }) {
  const whole = data.summary.duplicate_words;
  const rows = sources.map(([source, ...words]) => {
    const sum = words.reduce((a, b) => a + b, 0);
    const note = [make('b', {}, fineShare(sum, whole)), ` ${NUMBER.format(sum)} words`];
    return { label: nameSource(source), href: source && `#clusters?${query({ source })}`, parts: KINDS.map((kind, i) => [kind, words[i]]), note };
  });
  const below = more ? make('p', { class: 'aside' }, `and ${count(more, 'more source')} with ${NUMBER.format(rest)} words`) : '';
  const chart = rows.length ? [drawKey(KINDS.filter((kind, i) => sources.some((row) => row[i + 1]))), drawRows('Duplicate words by source', rows), below] : [showNothing()];
  return showChart('Duplicate words by source', 'Share of the duplicate words.', ...chart);
}

function showSimilarities(data, { similarities }) {
  const first = Math.floor(data.threshold * 20 + 1e-9);
  const below = similarities.slice(0, first).reduce((a, b) => a + b, 0);
  const from = (value, i) => ({ label: String(i * 5), name: `${i * 5} to ${i * 5 + 5} %`, value });
  const columns = [
    ...(below ? [{ label: `<${first * 5}`, name: `under ${first * 5} %`, value: below }] : []),
    ...similarities.slice(0, -1).map(from).slice(first),
    { label: 'same', name: 'same words', value: similarities.at(-1) },
  ];
  const note = 'Copies by their similarity to the first of their cluster, in %; those below the threshold are tied to it by others.';
  const isEmpty = !similarities.some(Boolean);
  return showChart('How alike copies are', note, isEmpty ? showNothing() : drawColumns('Copies by similarity', columns, ['similarity', 'copies']));
}

function showSizes({ sizes }) {
  const last = sizes.findLastIndex(({ clusters }) => clusters);
  const columns = sizes.slice(0, Math.max(last + 1, 4)).map(({ least, most, clusters: value }) => {
    const label = most === null ? `${least}+` : least === most ? String(least) : `${least}–${most}`;
    return { label, name: `${label} copies`, value };
  });
  const chart = last < 0 ? showNothing() : drawColumns('Clusters by size', columns, ['size', 'clusters']);
  return showChart('How large clusters are', 'Clusters by the number of their copies.', chart);
}

function showHeat({ heat }) {
  const names = heat.sources.map(nameSource);
  const note = 'Words that two sources share; on the diagonal, words that one source has again. Counted once for each pair.';
  const isEmpty = !heat.words.flat().some(Boolean);
  return showWide('Words shared between sources', note, isEmpty ? showNothing() : drawHeat('Words shared between sources', names, heat.words));
}

function showPairs({ pairs }) {
  if (!pairs.length) return showWide('Strongest pairs of documents', '', showNothing());
  const rows = pairs.map(({ a, b, words, a_share: aShare, b_share: bShare }) => make('tr', {},
    make('td', { class: 'number' }, NUMBER.format(words)),
    make('td', {}, linkDocument(a), ' ', make('span', { class: 'aside' }, percent(aShare))),
    make('td', {}, linkDocument(b), ' ', make('span', { class: 'aside' }, percent(bShare)))));
  const heads = [make('th', { scope: 'col', class: 'number' }, 'words'), make('th', { scope: 'col' }, 'document'), make('th', { scope: 'col' }, 'and')];
  return showWide('Strongest pairs of documents', 'The words that both have, and what share of each they are. Site furniture aside.',
    make('div', { class: 'wide' }, make('table', { class: 'plain pairs' }, make('thead', {}, make('tr', {}, heads)), make('tbody', {}, rows))));
}

function showNothing() {
  return make('p', { class: 'aside' }, 'Nothing of this kind was found.');
}
