/** An object for each row after the header. Empty lines are left out; fields that are missing are ''. */
export function parseCsv(text) {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  const [header = '', ...rows] = lines;
  const names = header.split(',').map((name) => name.trim());
  return rows.map((row) => {
    const fields = row.split(',');
    return Object.fromEntries(names.map((name, index) => [name, fields[index] ?? '']));
  });
}
