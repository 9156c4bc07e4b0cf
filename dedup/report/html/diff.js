// Where two texts differ, word by word: the same words and the same matching as dedup/diff.py.
// Source: Ratcliff and Obershelp's matching of the longest common blocks, as in Python's difflib.
// Leaves out: pairs of texts so long that comparing them would stop the page; they are shown as they are.

const ALONE = '\\u0e00-\\u0eff\\u1000-\\u109f\\u1780-\\u17ff\\u3005-\\u30ff\\u3400-\\u9fff\\uf900-\\ufaff\\u{20000}-\\u{323af}';
const WORD = new RegExp(`(?=[\\p{L}\\p{N}])[${ALONE}]|(?![${ALONE}])[\\p{L}\\p{N}](?:[\\p{M}\\p{Cf}]|(?![${ALONE}])[\\p{L}\\p{N}])*`, 'gu');
const MOST_COMPARISONS = 9e6;

/** Return the words of a text, each with what stands between it and the next; Han and the like one by one. */
function splitWords(text) {
  const starts = Array.from(text.matchAll(WORD), (found) => found.index);
  return starts.map((start, i) => text.slice(start, starts[i + 1] ?? text.length));
}

/** Return a word in the form in which it is compared: without case, punctuation and accents (marks of other scripts stay). */
function foldWord(word) {
  const folded = word.normalize('NFKD').toUpperCase().toLowerCase().replaceAll('ς', 'σ');
  return folded.replace(/[^\p{L}\p{N}\p{M}]|(?=\p{M})[\u0000-\u08ff]/gu, '');
}

/** Return words in a row without the punctuation behind the last. */
function joinWords(words) {
  return words.join('').replace(/[^\p{L}\p{N}\p{M}]+$/u, '');
}

/** Return whether two texts have the same words. */
function sameWords(one, other) {
  const fold = (text) => splitWords(text).map(foldWord).join(' ');
  return one === other || fold(one) === fold(other);
}

/** Return two texts as stretches { same, before, after } of words in reading order; null when they are too long. */
function diffWords(before, after) {
  const a = splitWords(before);
  const b = splitWords(after);
  if (a.length * b.length > MOST_COMPARISONS) return null;
  const pieces = [];
  let [i, k] = [0, 0];
  for (const [start, other, size] of [...findBlocks(a.map(foldWord), b.map(foldWord)), [a.length, b.length, 0]]) {
    if (i < start || k < other) pieces.push({ same: false, before: a.slice(i, start), after: b.slice(k, other) });
    if (size) pieces.push({ same: true, before: a.slice(start, start + size), after: b.slice(other, other + size) });
    [i, k] = [start + size, other + size];
  }
  return pieces;
}

/** Return the common blocks of two lists in order, as [start in a, start in b, length], adjacent ones joined. */
function findBlocks(a, b) {
  const places = new Map();
  b.forEach((word, at) => places.has(word) ? places.get(word).push(at) : places.set(word, [at]));
  const open = [[0, a.length, 0, b.length]];
  const found = [];
  while (open.length) {
    const [from, to, otherFrom, otherTo] = open.pop();
    const [start, other, size] = findLongest(a, places, from, to, otherFrom, otherTo);
    if (!size) continue;
    found.push([start, other, size]);
    if (from < start && otherFrom < other) open.push([from, start, otherFrom, other]);
    if (start + size < to && other + size < otherTo) open.push([start + size, to, other + size, otherTo]);
  }
  found.sort((one, two) => one[0] - two[0]);
  return found.reduce(joinBlock, []);
}

function joinBlock(blocks, block) {
  const last = blocks.at(-1);
  if (last && last[0] + last[2] === block[0] && last[1] + last[2] === block[1]) last[2] += block[2];
  else blocks.push(block);
  return blocks;
}

/** Return the longest common block of two stretches; of several, the first in a, and of those the first in b. */
function findLongest(a, places, from, to, otherFrom, otherTo) {
  let best = [from, otherFrom, 0];
  let lengths = new Map();
  for (let i = from; i < to; i++) {
    const next = new Map();
    for (const at of places.get(a[i]) ?? []) {
      if (at < otherFrom) continue;
      if (at >= otherTo) break;
      const size = (lengths.get(at - 1) ?? 0) + 1;
      next.set(at, size);
      if (size > best[2]) best = [i - size + 1, at - size + 1, size];
    }
    lengths = next;
  }
  return best;
}

/** Return the second text with what differs from the first marked. */
function markChanges(before, after) {
  const pieces = diffWords(before, after);
  if (!pieces) return [showText(after), make('em', { class: 'aside' }, ' (too long to compare word by word here)')];
  const lead = after.slice(0, after.indexOf(splitWords(after)[0] ?? after));
  return [makeVisible(lead), ...pieces.flatMap(markPiece)];
}

function markPiece({ same, before, after }) {
  if (same) return [makeVisible(after.join(''))];
  const gone = before.length ? [make('del', {}, showText(joinWords(before))), ' '] : [];
  if (!after.length) return gone;
  const words = joinWords(after);
  return [...gone, make('ins', {}, showText(words)), makeVisible(after.join('').slice(words.length))];
}
