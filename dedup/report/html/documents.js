// Documents: a table of them, and one of them with what in it stands elsewhere too.

const SHOWN_COPIES = 8;

function makeDocumentList(data) {
  const texts = new Map();
  const searched = (one) => texts.get(one) ?? texts.set(one, foldText(`${one.document}\n${one.source}`)).get(one);
  return makeList({
    name: 'documents', noun: data.is_check ? 'draft' : 'document', rows: data.documents, render: showRow,
    filters: [
      searchFilter(searched),
      choiceFilter('source', 'Source', listSources(data), ({ source }, value) => source === value),
      numberFilter('share', 'Share from %', ({ ratio }) => ratio, { share: true }),
    ],
    sorts: [
      ['order', 'order of reading'],
      ['ratio', 'largest duplicate share', (a, b) => b.ratio - a.ratio],
      ['nearest', 'most words shared', (a, b) => (b.nearest?.words ?? 0) - (a.nearest?.words ?? 0)],
      ['words', 'most words', (a, b) => b.words - a.words],
      ['name', 'name', (a, b) => compareNames(a.document, b.document)],
    ],
    csv: {
      columns: ['document', 'source', 'paragraphs', 'words', 'duplicate_paragraphs', 'duplicate_ratio', 'nearest', 'shared_words'],
      rows: (one) => [[one.document, one.source, one.paragraphs, one.words, one.duplicates, one.ratio, one.nearest?.document, one.nearest?.words]],
    },
    note: tellLeftOut(data.left_out.documents, data.documents.length, 'document'),
  });
}

function showRow(one) {
  const near = one.nearest;
  return make('article', { class: 'document' },
    make('p', { class: 'name' }, linkDocument(one.document), !one.document.startsWith(one.source) && make('span', { class: 'aside' }, nameSource(one.source))),
    make('p', { class: 'share' }, drawBar([['plain', one.ratio]], 1), make('b', {}, percent(one.ratio)),
      make('span', { class: 'aside' }, `of ${count(one.words, 'word')}`)),
    make('p', { class: 'near' }, near ? [make('span', { class: 'aside' }, `${count(near.words, 'word')} as in `), linkDocument(near.document)] : ''));
}

/** Return one document: what stands elsewhere too, in reading order, and how much of its own lies between. */
function showDocument(data, name) {
  const one = data.byName.get(name);
  const parts = listParts(data, name);
  if (!one && !parts.length) return showMissing(`No finding in this report is in the document “${showText(name)}”.`, 'documents');
  const near = one?.nearest;
  const facts = one && make('p', { class: 'facts' },
    `${count(one.words, 'word')} in ${count(one.paragraphs, 'paragraph')} · ${count(one.duplicates, 'duplicate paragraph')}, ${percent(one.ratio)} of the words`,
    ` · source ${nameSource(one.source)}`);
  const nearest = near && make('p', { class: 'facts' }, `Nearest: `, linkDocument(near.document),
    ` has ${count(near.words, 'word')} of it (${percent(near.aShare)} of this one, ${percent(near.bShare)} of that one)`);
  return make('article', { class: 'reading' }, make('p', {}, make('a', { href: '#documents' }, data.is_check ? 'All drafts' : 'All documents')),
    make('h1', {}, make('bdi', {}, showName(name))), facts, nearest, make('ol', { class: 'parts' }, layOut(data, one, parts)));
}

/** Return the parts of a document with the gaps between them. */
function layOut(data, one, parts) {
  const laid = [];
  let next = 0;
  const addGap = (to) => { if (to > next) laid.push(make('li', { class: 'gap' }, tellGap(data, one, to - next))); };
  for (const part of parts) {
    addGap(part.spot.paragraph);
    next = Math.max(next, part.spot.paragraph + 1);
    laid.push(part.cluster ? showDuplicate(part) : showLifted(part));
  }
  if (one) addGap(one.paragraphs);
  return laid;
}

function tellGap(data, one, n) {
  const isKnown = one && !data.isCut;
  return `${count(n, 'paragraph')} ${isKnown ? 'of its own' : 'that this file does not list'}`;
}

function showDuplicate({ spot, cluster }) {
  const others = cluster.members.filter((member) => member !== spot);
  return make('li', { class: `part ${cluster.kind}` },
    make('p', { class: 'where' }, makeTag(cluster.kind), make('span', {}, `line ${NUMBER.format(spot.line)}`),
      make('a', { href: `#cluster=${cluster.id}`, class: 'link' }, `${count(cluster.size, 'copy')} · compare`)),
    make('p', { class: 'text', dir: 'auto' }, showText(spot.text)),
    listCopies(others, cluster.size - 1, spot));
}

function showLifted({ spot, passage, other }) {
  return make('li', { class: 'part passage' },
    make('p', { class: 'where' }, makeTag('passage'), make('span', {}, `line ${NUMBER.format(spot.line)} · ${count(passage.words, 'word')}`),
      make('a', { href: `#passage=${passage.id}`, class: 'link' }, 'compare')),
    showRun(spot, [showText(spot.text)]), listCopies([other], 1, spot));
}

function listCopies(others, n, spot) {
  const shown = others.slice(0, SHOWN_COPIES).map((other, i) => [i ? ', ' : '', other.document === spot.document
    ? [make('span', { class: 'place' }, `line ${NUMBER.format(other.line)} of this document`)] : linkPlace(other)]);
  const more = n > SHOWN_COPIES ? ` and ${NUMBER.format(n - SHOWN_COPIES)} more` : '';
  return make('p', { class: 'copies' }, make('span', { class: 'aside' }, 'also at '), shown, more);
}

function showMissing(text, view) {
  return make('section', {}, make('p', { class: 'notice' }, text), make('p', {}, make('a', { href: `#${view}` }, `All ${view}`)));
}
