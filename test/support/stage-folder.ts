/** A new folder, and all that is to end with it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface StageFolder {
  readonly dir: string;
  /** To be ended before what was begun earlier; the folder goes last. */
  readonly ends: (() => Promise<unknown>)[];
  close(): Promise<void>;
}

export async function stageFolder(prefix: string): Promise<StageFolder> {
  const dir = await mkdtemp(join(tmpdir(), prefix));
  const ends: (() => Promise<unknown>)[] = [() => rm(dir, { recursive: true, force: true })];
  return {
    dir,
    ends,
    async close() {
      for (const end of ends.splice(0).reverse()) await end();
    },
  };
}
