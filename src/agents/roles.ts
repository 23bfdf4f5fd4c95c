// Loads the crew from folders of Markdown files: a file in a folder is the registration of a role.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseRole, type Role } from '../core/roles.ts';

/** The folder of the eight roles that the product ships. */
export const shippedRolesDir = fileURLToPath(new URL('./roles/', import.meta.url));

/** A crew is a handful of specialists; a folder with more files than this was named by mistake. */
const ROLE_FILES_MAX = 100;

/**
 * Every `*.md` of the folders, by role name. A later folder's role replaces an earlier one of its name.
 * Throws a `FrontMatterError` that names file and line for a role that cannot be read.
 */
export async function loadRoles(dirs: readonly string[]): Promise<ReadonlyMap<string, Role>> {
  const roles = new Map<string, Role>();
  for (const dir of dirs) {
    const files = (await readdir(dir)).filter((name) => name.endsWith('.md') && !name.startsWith('.')).sort();
    if (files.length > ROLE_FILES_MAX) {
      throw new Error(`${dir} holds ${files.length} role files, and at most ${ROLE_FILES_MAX} are read`);
    }
    for (const name of files) {
      const file = join(dir, name);
      const role = parseRole(await readFile(file, 'utf8'), file);
      roles.set(role.name, role);
    }
  }
  return roles;
}
