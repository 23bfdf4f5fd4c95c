/** Keeps settings in a `.env` file that only its owner can read; what else stands in it stays. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Values may have several lines; they may not contain a double quote. */
export async function writeEnv(path: string, values: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, value] of Object.entries(values)) {
    if (value.includes('"')) throw new TypeError(`${name} contains a double quote, which .env cannot hold`);
  }
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const before = await readFile(path, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  });
  const added = Object.entries(values).map(([name, value]) => `${name}="${value.trimEnd()}"`);
  const text = [...withoutNames(before, Object.keys(values)), ...added, ''].join('\n');
  const draft = `${path}.${process.pid}.new`;
  await writeFile(draft, text, { mode: 0o600 });
  await rename(draft, path);
}

/** The lines that set none of `names`; a quoted value may go over several lines. */
function withoutNames(text: string, names: readonly string[]): readonly string[] {
  const setting = new RegExp(`^(?:export\\s+)?(?:${names.join('|')})\\s*=\\s*(?:"[^"]*"|[^\\n]*)\\n?`, 'gm');
  const rest = text.replace(setting, '').trimEnd();
  return rest === '' ? [] : rest.split('\n');
}
