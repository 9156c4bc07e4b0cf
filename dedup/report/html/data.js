// What the report holds: unpacked, with names in place of numbers, and ways to find things in it.

/** Return the report's data. Throws where the browser cannot unpack them. */
async function loadData() {
  const written = atob(document.getElementById('data').textContent.trim());
  const packed = new Uint8Array(written.length);
  for (let i = 0; i < written.length; i++) packed[i] = written.charCodeAt(i);
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'));
  return nameData(await new Response(stream).json());
}

function nameData(data) {
  const sources = new Map(data.documents.map(([document_, source]) => [document_, source]));
  const dates = new Map(data.dates);
  const spot = (row, text) => ({
    document: data.names[row[0]],
    source: sources.get(row[0]) ?? null,
    date: dates.get(row[0])?.slice(0, 10) ?? '',
    paragraph: row[1], start: row[2], end: row[3], line: row[4], text: data.texts[text],
  });
  data.clusters = data.clusters.map((row) => nameCluster(row, spot));
  data.passages = data.passages.map((row) => namePassage(row, spot));
  data.documents = data.documents.map((row) => nameDocument(row, data.names));
  findCommonFolder(data.names);
  data.byId = new Map(data.clusters.map((cluster) => [cluster.id, cluster]));
  data.byName = new Map(data.documents.map((one) => [one.document, one]));
  data.isCut = Object.values(data.left_out).some(Boolean);
  return data;
}

function nameCluster([id, kind, scope, size, documents, min, mean, words, counts, rows], spot) {
  const members = rows.map((row) => ({ ...spot(row, row[7]), words: row[5], similarity: row[6], origin: row[8] }));
  return { id, kind, scope, size, documents, min, mean, words, counts: Boolean(counts), members };
}

function namePassage([id, words, similarity, counts, a, b], spot) {
  const side = (row) => ({ ...spot(row, row[6]), share: row[5], before: row[7], behind: row[8], origin: row[9] });
  const sides = [side(a), side(b)];
  const scope = sides[0].document === sides[1].document ? 'within' : 'across';
  return { id, kind: 'passage', words, similarity, counts: Boolean(counts), scope, sides };
}

function nameDocument([number, source, paragraphs, words, duplicates, ratio, nearest], names) {
  const near = nearest && { document: names[nearest[0]], words: nearest[1], aShare: nearest[2], bShare: nearest[3] };
  return { document: names[number], source, paragraphs, words, duplicates, ratio, nearest: near };
}

/** Return a source fit to be shown: documents of one folder may have none. */
function nameSource(source) {
  return source === null ? '(index)' : showName(source) || '(no source)';
}

/** Return all that stands in one document, in reading order: members of clusters and sides of passages. */
function listParts(data, name) {
  const parts = [];
  for (const cluster of data.clusters) {
    cluster.members.forEach((member) => member.document === name && parts.push({ spot: member, cluster }));
  }
  for (const passage of data.passages) {
    passage.sides.forEach((side, i) => side.document === name && parts.push({ spot: side, passage, other: passage.sides[1 - i] }));
  }
  return parts.sort((a, b) => a.spot.start - b.spot.start);
}
