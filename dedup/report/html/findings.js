// Clusters and passages: a line each, which opens to its copies with what differs in them.

const SHOWN_MEMBERS = 20;
const SCOPES = [['within', 'within a document'], ['across', 'across documents']];

function linkDocument(name) {
  return make('a', { href: `#document=${encodeURIComponent(name)}`, class: 'place', title: showText(name) }, make('bdi', {}, showName(name)));
}

function linkPlace(spot) {
  const name = make('a', { href: `#document=${encodeURIComponent(spot.document)}`, class: 'place', title: showText(spot.document) }, make('bdi', {}, showName(spot.document)), `:${spot.line}`);
  const origin = spot.origin && make('span', { class: `origin ${spot.origin}` }, spot.origin === 'index' ? 'published' : 'draft');
  return [name, origin, spot.date && make('time', {}, spot.date)];
}

function makeTag(kind) {
  return make('span', { class: `tag ${kind}` }, kind);
}

/** Return a line that opens; its content is made when it is first opened. */
function makeFinding(id, summary, makeContent, open = false) {
  const details = make('details', { class: 'finding', id, open, on: { toggle: () => fillOnce() } }, make('summary', {}, ...summary));
  const fillOnce = () => { if (details.open && details.childNodes.length === 1) details.append(makeContent()); };
  fillOnce();
  return details;
}

function showCluster(data, cluster, open = false) {
  const { id, kind, scope, size, documents, words, members } = cluster;
  const where = scope === 'within' ? 'in one document' : `in ${count(documents, 'document')}`;
  const summary = [
    makeTag(kind),
    make('span', { class: 'quote', dir: 'auto' }, quoteStart(members[0].text, 220)),
    showFigures([make('b', {}, count(size, 'copy')), ` ${where}`], [`${describeLikeness(cluster)} · ${count(words, 'word')}`]),
  ];
  return makeFinding(`c-${id}`, summary, () => showMembers(data, cluster), open);
}

/** Return how like each other the copies of a cluster are. Furniture is compared without its figures and dates. */
function describeLikeness({ kind, size, min, members }) {
  if (min < 1) return `${size > 2 ? 'from ' : ''}${percent(min)} alike`;
  const isSame = kind !== 'furniture' || members.every((member) => sameWords(members[0].text, member.text));
  return isSame ? 'all the same' : 'other figures';
}

function showFigures(...lines) {
  return make('span', { class: 'figures' }, lines.map((line) => make('span', {}, ...line)));
}

function showMembers(data, cluster) {
  const { id, mean, min, members, size } = cluster;
  const list = make('ol', { class: 'members' });
  const more = make('button', { type: 'button', on: { click: () => addMembers(members.length) } });
  const addMembers = (to) => {
    list.append(...members.slice(list.childElementCount, to).map((member) => showMember(cluster, member)));
    const rest = members.length - list.childElementCount;
    more.hidden = !rest;
    more.textContent = `Show ${count(rest, 'more copy')}`;
  };
  addMembers(SHOWN_MEMBERS);
  const cut = size > members.length && make('p', { class: 'aside' }, `${count(size - members.length, 'more copy')} are not in this file; the JSON report has all.`);
  const first = members[0].text;
  const tools = make('p', { class: 'tools' },
    size > 2 && make('span', { class: 'aside' }, `similarity of its pairs ${percent(min)} at least, ${percent(mean)} on average`),
    data.is_check && make('span', { class: 'aside' }, cluster.counts ? 'counts as a finding' : 'does not count as a finding'),
    makeLink(`cluster=${id}`),
    make('button', { type: 'button', on: { click: (event) => copyText(event.currentTarget, writeAllowed(first)) }, title: 'The text as a file of dedup check --allow has it' }, 'Copy for --allow'));
  return make('div', { class: 'opened' }, list, more, cut, tools);
}

function makeLink(hash) {
  return make('a', { href: `#${hash}`, class: 'link' }, 'Link to this');
}

function showMember(cluster, member) {
  const first = cluster.members[0];
  if (member === first) {
    return make('li', { class: 'first' }, make('p', { class: 'where' }, linkPlace(member), make('span', { class: 'like' }, 'first')),
      make('p', { class: 'text', dir: 'auto' }, showText(member.text)));
  }
  const same = sameWords(first.text, member.text);
  const alike = member.similarity < 1 ? `${percent(member.similarity)} alike` : cluster.kind === 'furniture' ? 'other figures' : 'other order';
  const like = same ? 'same words' : alike;
  return make('li', {}, make('p', { class: 'where' }, linkPlace(member), make('span', { class: 'like' }, like)),
    same ? '' : make('p', { class: 'text', dir: 'auto' }, markChanges(first.text, member.text)));
}

function showPassage(data, passage, open = false) {
  const { id, words, scope, sides: [a, b] } = passage;
  const where = scope === 'within' ? 'in one document' : 'in two documents';
  const summary = [
    makeTag('passage'),
    make('span', { class: 'quote', dir: 'auto' }, quoteStart(a.text, 220)),
    showFigures([make('b', {}, count(words, 'word')), ` ${where}`], [`${percent(a.share)} and ${percent(b.share)} of the paragraphs`]),
  ];
  return makeFinding(`p-${id}`, summary, () => showSides(data, passage), open);
}

function showSides(data, passage) {
  const { id, similarity, sides: [a, b] } = passage;
  const side = (spot, run) => make('div', { class: 'side' },
    make('p', { class: 'where' }, linkPlace(spot), make('span', { class: 'like' }, `${percent(spot.share)} of its paragraph`)),
    showRun(spot, run));
  const like = similarity === 1 || sameWords(a.text, b.text) ? 'the same words' : `${percent(similarity)} of the longer run agrees`;
  const tools = make('p', { class: 'tools' }, make('span', { class: 'aside' }, like),
    data.is_check && make('span', { class: 'aside' }, passage.counts ? 'counts as a finding' : 'does not count as a finding'),
    makeLink(`passage=${id}`),
    make('button', { type: 'button', on: { click: (event) => copyText(event.currentTarget, writeAllowed(a.text)) }, title: 'The text as a file of dedup check --allow has it' }, 'Copy for --allow'));
  return make('div', { class: 'opened' }, make('div', { class: 'sides' }, side(a, [showText(a.text)]), side(b, markChanges(a.text, b.text))), tools);
}

/** Return a run in its paragraph: some words before, the run marked, some words behind. */
function showRun(spot, run) {
  return make('p', { class: 'text', dir: 'auto' }, make('span', { class: 'around' }, makeVisible(spot.before)), make('mark', {}, run),
    make('span', { class: 'around' }, makeVisible(spot.behind)));
}

const kept = new WeakMap();

/** Return where a search looks in a finding, made once. */
function searchedText(finding) {
  if (!kept.has(finding)) {
    const spots = finding.members ?? finding.sides;
    kept.set(finding, foldText([finding.id, ...new Set(spots.flatMap(({ document: name, text }) => [name, text]))].join('\n')));
  }
  return kept.get(finding);
}

function makeClusterList(data) {
  const inSource = ({ members }, source) => members.some((member) => member.source === source);
  const origin = data.is_check ? ['origin'] : [];
  const fields = ['document', 'paragraph', 'start', 'end', 'line', 'words', 'similarity', ...origin, 'text'];
  const render = (cluster) => showCluster(data, cluster);
  render.opens = true;
  return makeList({
    name: 'clusters', noun: 'cluster', rows: data.clusters, render,
    filters: [
      searchFilter(searchedText),
      choiceFilter('kind', 'Kind', KINDS.map((kind) => [kind, kind]), ({ kind }, value) => kind === value),
      choiceFilter('scope', 'Scope', SCOPES, ({ scope }, value) => scope === value),
      choiceFilter('source', 'Source', listSources(data), inSource),
      numberFilter('least', 'Alike from %', ({ min }) => min, { share: true }),
      numberFilter('most', 'to %', ({ min }) => min, { atMost: true, share: true }),
      numberFilter('size', 'Copies from', ({ size }) => size),
    ],
    sorts: [
      ['words', 'most words'],
      ['size', 'most copies', (a, b) => b.size - a.size],
      ['alike', 'most alike', (a, b) => b.min - a.min],
      ['unlike', 'least alike', (a, b) => a.min - b.min],
      ['place', 'document', (a, b) => compareNames(a.members[0].document, b.members[0].document) || a.members[0].start - b.members[0].start],
    ],
    csv: {
      columns: ['cluster', 'kind', 'scope', ...fields],
      rows: ({ id, kind, scope, members }) => members.map((member) => [id, kind, scope, ...fields.map((field) => member[field])]),
    },
    note: tellLeftOut(data.left_out.clusters, data.clusters.length, 'cluster'),
  });
}

function makePassageList(data) {
  const fields = ['document', 'paragraph', 'start', 'end', 'line', 'share', 'text'];
  const inSource = ({ sides }, source) => sides.some((side) => side.source === source);
  const share = ({ sides: [a, b] }) => Math.max(a.share, b.share);
  const render = (passage) => showPassage(data, passage);
  render.opens = true;
  return makeList({
    name: 'passages', noun: 'passage', rows: data.passages, render,
    filters: [
      searchFilter(searchedText),
      choiceFilter('scope', 'Scope', SCOPES, ({ scope }, value) => scope === value),
      choiceFilter('source', 'Source', listSources(data), inSource),
      numberFilter('words', 'Words from', ({ words }) => words),
      numberFilter('share', 'Share from %', share, { share: true }),
    ],
    sorts: [
      ['words', 'most words', (a, b) => b.words - a.words],
      ['share', 'largest share', (a, b) => share(b) - share(a)],
      ['place', 'document', (a, b) => compareNames(a.sides[0].document, b.sides[0].document) || a.sides[0].start - b.sides[0].start],
    ],
    csv: {
      columns: ['passage', 'words', 'similarity', ...['a', 'b'].flatMap((side) => fields.map((field) => `${side}_${field}`))],
      rows: ({ id, words, similarity, sides }) => [[id, words, similarity, ...sides.flatMap((side) => fields.map((field) => side[field]))]],
    },
    note: tellLeftOut(data.left_out.passages, data.passages.length, 'passage'),
  });
}

function compareNames(a, b) {
  return a < b ? -1 : a > b ? 1 : 0;
}

function tellLeftOut(leftOut, shown, noun) {
  return leftOut ? `This file lists the first ${count(shown, noun)}, those with most words; ${NUMBER.format(leftOut)} are left out. The charts count all of them, and the JSON report has them.` : '';
}
