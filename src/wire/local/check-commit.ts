/** Runs a command on a commit, with files laid over it, in a checkout of its own and sandboxed as every command is. */
import { cp, lstat, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Repository } from '../../core/records.ts';
import type { CheckRunRecord } from '../../core/result-records.ts';
import type { Workspaces } from '../../core/workspace-ports.ts';

export interface CommitCheck {
  /** Bare, ours, with the commit at a branch. */
  readonly gitDir: string;
  readonly sha: string;
  /** Folder whose files are laid over the commit's; null: none. */
  readonly overlay: string | null;
  readonly command: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export async function checkCommit(
  workspaces: Workspaces,
  repository: Repository,
  { sha, overlay, command, timeoutMs, signal }: CommitCheck,
): Promise<CheckRunRecord> {
  const name = `check-${repository.id}`;
  const workspace = await workspaces.open({ repository, subtaskId: name, baseSha: sha, patches: [], signal });
  try {
    if (overlay !== null) await layOver(overlay, workspace.dir);
    return await workspace.run(command, { timeoutMs, signal });
  } finally {
    await workspace.close();
  }
}

/** What stands there may be a link to anywhere: whatever is no folder makes room. */
async function layOver(from: string, to: string): Promise<void> {
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    const found = await lstat(target).catch(() => null);
    if (entry.isDirectory()) {
      if (found !== null && !found.isDirectory()) await rm(target);
      await mkdir(target, { recursive: true });
      await layOver(source, target);
    } else {
      await rm(target, { recursive: true, force: true });
      await cp(source, target);
    }
  }
}
