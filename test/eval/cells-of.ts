/** The cells of a case in a table that an evaluation printed, without its name; undefined where it has no row. */
export function cellsOf(table: string, name: string): readonly string[] | undefined {
  const line = table.split('\n').find((text) => text.includes(` ${name} `));
  return line
    ?.split('│')
    .slice(2, -1)
    .map((cell) => cell.trim());
}
