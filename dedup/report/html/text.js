// Text of a corpus made fit to be shown, and the elements of the page. Nothing here or elsewhere makes markup out of text.

const UNSEEN = /(?![\u200c\u200d\u00ad])[\p{Cc}\p{Cf}\p{Cs}]/gu;
const BLANKS = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/g;
const SVG = 'http://www.w3.org/2000/svg';

/** Return text as one line, control and bidirectional-override characters made visible; blanks at its ends stay. */
function makeVisible(text) {
  return text.replace(BLANKS, ' ').replace(UNSEEN, (c) => '\\u' + c.codePointAt(0).toString(16).padStart(4, '0'));
}

/** Return text as one line without blanks at its ends. */
function showText(text) {
  return makeVisible(text).trim();
}

/** Return the start of a text, cut between words. */
function quoteStart(text, longest) {
  const shown = showText(text);
  return shown.length <= longest ? shown : shown.slice(0, longest - 1).replace(/ [^ ]*$/, '') + ' …';
}

/** Return an element. given: attributes; `on` holds listeners by event. Children are elements or text, which stays text. */
function make(name, given = {}, ...children) {
  return fill(document.createElement(name), given, children);
}

/** Return an element of a drawing. */
function draw(name, given = {}, ...children) {
  return fill(document.createElementNS(SVG, name), given, children);
}

function fill(element, { on = {}, ...attributes }, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, '');
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  for (const [event, listener] of Object.entries(on)) element.addEventListener(event, listener);
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false && child !== ''));
  return element;
}

const NUMBER = new Intl.NumberFormat('en-GB');

function count(number, noun) {
  const plural = noun.endsWith('y') ? noun.slice(0, -1) + 'ies' : noun + 's';
  return `${NUMBER.format(number)} ${number === 1 ? noun : plural}`;
}

/** Return a share as a percentage, never rounded up: 99.6 % is not the same. */
function percent(share) {
  return `${Math.floor(share * 100 + 1e-9)} %`;
}

/** Return a share of words, which may be small, with one decimal. */
function fineShare(part, whole) {
  return whole ? `${((100 * part) / whole).toFixed(1)} %` : '0 %';
}

function range(from, to) {
  return percent(from) === percent(to) ? percent(from) : `${percent(from).replace(' %', '')}–${percent(to)}`;
}

/** Return text in a form in which a search finds it: without case and accents. */
function foldText(text) {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
}

/** The folder that all documents lie in: their names are shown without it. */
let commonFolder = '';

/** Remember the folder that all of some names start with. */
function findCommonFolder(names) {
  let common = names[0] ?? '';
  for (const name of names) while (!name.startsWith(common)) common = common.slice(0, -1);
  commonFolder = common.slice(0, common.lastIndexOf('/') + 1);
}

/** Return the name of a document or source fit to be shown. */
function showName(name) {
  return showText(name.startsWith(commonFolder) ? name.slice(commonFolder.length) : name);
}

/** Tell those who do not see the page what happened. */
function say(text) {
  document.getElementById('said').textContent = text;
}
