/** A file in a folder is the registration: loads what every module of the folder exports under one name. */
import { readdir } from 'node:fs/promises';
import { basename } from 'node:path';

const FILES_MAX = 200;

/** `folder` ends in `/`. Works from the sources and from what is built of them. Throws when a file lacks the export. */
export async function loadFolder<T>(
  folder: URL,
  exported: string,
  isValid: (value: unknown, name: string) => value is T,
): Promise<readonly T[]> {
  const files = (await readdir(folder))
    .filter((file) => /^[a-z0-9-]+\.(?:ts|js)$/.test(file))
    .sort()
    .slice(0, FILES_MAX);
  return Promise.all(
    files.map(async (file) => {
      const module: unknown = await import(new URL(file, folder).href);
      const value: unknown =
        typeof module === 'object' && module !== null ? Reflect.get(module, exported) : undefined;
      if (!isValid(value, basename(file).replace(/\.(?:ts|js)$/, ''))) {
        throw new TypeError(`${folder.pathname}${file} does not export a valid "${exported}"`);
      }
      return value;
    }),
  );
}
