/** Reads what a repository's own files say of its pull requests, at a commit that is trusted. */
import { UserError } from '../core/errors.ts';
import { TEMPLATE_MAX_CHARS } from '../core/implement/fill-template.ts';
import {
  CI_FOLDERS,
  hasCiIn,
  onlyTemplate,
  TEMPLATE_FOLDERS,
  templateFolders,
  templatePaths,
} from '../core/implement/repository-customs.ts';
import type { Workspace } from '../core/workspace-ports.ts';

type Readable = Pick<Workspace, 'show' | 'list'>;

/** A template that is longer than can be filled counts as none. */
export async function readCustoms(
  workspace: Readable,
  sha: string,
): Promise<{ readonly template: string | null; readonly hasCi: boolean }> {
  const listing = new Map<string, readonly string[]>();
  for (const folder of new Set([...TEMPLATE_FOLDERS, ...CI_FOLDERS])) {
    const names = await namesIn(workspace, sha, folder);
    if (names !== null) listing.set(folder, names);
  }
  const paths = [...templatePaths(listing)];
  for (const folder of templateFolders(listing)) {
    const only = onlyTemplate((await namesIn(workspace, sha, folder)) ?? []);
    if (only !== null) paths.push(`${folder}/${only}`);
  }
  return { template: await firstText(workspace, sha, paths), hasCi: hasCiIn(listing) };
}

async function firstText(workspace: Readable, sha: string, paths: readonly string[]): Promise<string | null> {
  for (const path of paths) {
    const text = await textOf(workspace, sha, path);
    if (text !== null && text.trim() !== '' && text.length <= TEMPLATE_MAX_CHARS) return text;
  }
  return null;
}

/** Null for what is not there, is no text, or is too large. */
export async function textOf(
  workspace: Pick<Workspace, 'show'>,
  sha: string,
  path: string,
): Promise<string | null> {
  try {
    return await workspace.show(sha, path);
  } catch (error) {
    if (error instanceof UserError) return null;
    throw error;
  }
}

/** Null where they are too many to be listed. */
export async function namesIn(
  workspace: Pick<Workspace, 'list'>,
  sha: string,
  folder: string,
): Promise<readonly string[] | null> {
  try {
    return await workspace.list(sha, folder);
  } catch (error) {
    if (error instanceof UserError) return null;
    throw error;
  }
}
