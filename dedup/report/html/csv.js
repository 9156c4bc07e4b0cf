// Rows as CSV, as dedup/report/as_csv.py writes them, and text for the clipboard.
// Source: RFC 4180, with plain line ends; OWASP, "CSV Injection".

const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/;

/** Return one cell; what a spreadsheet would take for a formula gets an apostrophe in front. */
function writeCell(value) {
  if (typeof value !== 'string') return String(value ?? '');
  const safe = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Return columns by name and rows of values as CSV. */
function writeCsv(columns, rows) {
  return [columns, ...rows].map((row) => row.map(writeCell).join(',') + '\n').join('');
}

/** Hand a file to the reader. */
function download(name, text) {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/csv;charset=utf-8' }));
  make('a', { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}

/** Put text on the clipboard and say so on the button that asked for it. */
async function copyText(button, text) {
  const label = button.textContent;
  const copied = await navigator.clipboard?.writeText(text).then(() => true, () => false) || copyBySelection(text);
  button.textContent = copied ? 'Copied' : 'Not copied: the browser forbids it';
  say(button.textContent);
  setTimeout(() => { button.textContent = label; }, 1600);
}

function copyBySelection(text) {
  const field = make('textarea', { class: 'unseen' });
  field.value = text;
  document.body.append(field);
  field.select();
  const copied = document.execCommand('copy');
  field.remove();
  return copied;
}

/** Return a text as one entry of a file of `dedup check --allow`, where blank lines part entries. */
function writeAllowed(text) {
  return text.replace(/\r\n?/g, '\n').replace(/\n\s*\n/g, '\n').trim() + '\n';
}
