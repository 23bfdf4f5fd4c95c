/** An object for each row after the header. Empty lines are left out; fields that are missing are ''. */
export function parseCsv(text) {
  const [header, ...rows] = rowsOf(text).filter((row) => row.length > 1 || row[0].trim() !== '');
  const names = (header ?? []).map((name) => name.trim());
  return rows.map((fields) => Object.fromEntries(names.map((name, index) => [name, fields[index] ?? ''])));
}

function rowsOf(text) {
  const rows = [];
  let fields = [];
  let field = '';
  let openedIn = null;
  const endRow = () => {
    rows.push([...fields, field]);
    fields = [];
    field = '';
  };
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at];
    if (openedIn !== null) {
      if (char !== '"') field += char;
      else if (text[at + 1] === '"') {
        field += '"';
        at += 1;
      } else openedIn = null;
    } else if (char === '"' && field === '') openedIn = rows.length + 1;
    else if (char === ',') {
      fields.push(field);
      field = '';
    } else if (char === '\n') endRow();
    else if (char !== '\r' || text[at + 1] !== '\n') field += char;
  }
  if (openedIn !== null) throw new Error(`row ${openedIn}: a quote is opened and never closed`);
  if (field !== '' || fields.length > 0) endRow();
  return rows;
}
