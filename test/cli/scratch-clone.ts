/** Folders of a test of the `crew` command's own: an empty one for a clone, and one for what the command makes for itself. */
import { mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** `dir` holds both: whoever asked removes it. */
export async function scratchClone() {
  const dir = await mkdtemp(join(tmpdir(), 'crew-cli-'));
  const [scratch, repo] = [join(dir, 'scratch'), join(dir, 'clone')];
  await mkdir(scratch);
  await mkdir(repo);
  return { dir, scratch, repo };
}
