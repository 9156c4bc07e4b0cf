// The page: which view the address asks for, and what leads from one to another.

const VIEWS = [['overview', 'Overview'], ['clusters', 'Clusters'], ['passages', 'Passages'], ['documents', 'Documents']];
const MAKERS = { clusters: makeClusterList, passages: makePassageList, documents: makeDocumentList };

/** Return what an address names: { view, params } or { view, one }. */
function readAddress(hash) {
  const [, view, sign, rest] = /^#?([a-z]*)([=?]?)(.*)$/s.exec(hash) ?? [];
  if (sign !== '=') return { view: view || 'overview', params: new URLSearchParams(rest) };
  try {
    return { view, one: decodeURIComponent(rest) };
  } catch {
    return { view, one: rest };
  }
}

function showOne(data, { view, one }) {
  if (view === 'document') return showDocument(data, one);
  const found = view === 'cluster' ? [data.byId.get(one)].filter(Boolean) : data.passages.filter(({ id }) => id === one);
  const show = view === 'cluster' ? showCluster : showPassage;
  if (!found.length) return showMissing(`This file has no ${view} “${showText(one)}”.`, `${view}s`);
  return make('section', {}, make('p', {}, make('a', { href: `#${view}s` }, `All ${view}s`)),
    make('h1', { class: 'unseen' }, `One ${view}`), make('div', { class: 'list' }, found.map((finding) => show(data, finding, true))));
}

function start(data) {
  const main = document.getElementById('main');
  const lists = {};
  let isFirst = true;
  const counts = { clusters: data.clusters.length, passages: data.passages.length, documents: data.documents.length };
  const links = VIEWS.map(([view, label]) => make('a', { href: `#${view}` }, view === 'documents' && data.is_check ? 'Drafts' : label,
    view in counts ? make('span', {}, NUMBER.format(counts[view])) : ''));
  document.querySelector('nav').replaceChildren(...links);

  const go = () => {
    const address = readAddress(location.hash);
    const { view, one, params } = address;
    links.forEach((link) => link.toggleAttribute('aria-current', link.hash === `#${view}` || link.hash === `#${view}s`));
    if (one !== undefined) main.replaceChildren(showOne(data, address));
    else if (view in MAKERS) {
      lists[view] ??= MAKERS[view](data);
      lists[view].show(params);
      main.replaceChildren(lists[view].element);
    } else main.replaceChildren(showOverview(data));
    if (!isFirst) {
      window.scrollTo(0, 0);
      main.focus({ preventScroll: true });
    }
    isFirst = false;
  };
  window.addEventListener('hashchange', go);
  go();
}

function focusSearch(event) {
  const isTyping = event.target.closest?.('input, select, textarea');
  const search = document.querySelector('input[type=search]');
  if (event.key !== '/' || isTyping || !search || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  search.focus();
}

document.addEventListener('keydown', focusSearch);
document.querySelector('[data-skip]').addEventListener('click', (event) => {
  event.preventDefault();
  document.getElementById('main').focus();
});
loadData().then(start).catch((error) => {
  document.getElementById('state').textContent = `Only the counts can be shown: ${error.message}. Open this file in a browser from 2023 or later.`;
  console.error(error);
}).finally(() => document.documentElement.toggleAttribute('data-ready', true));
