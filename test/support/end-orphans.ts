/** Ends what a killed demo has left running: the embedded Postgres of its state directory. */
import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';

export async function endOrphans(stateDir: string): Promise<void> {
  for await (const file of glob('**/postmaster.pid', { cwd: stateDir })) {
    const [pid] = (await readFile(join(stateDir, file), 'utf8')).split('\n');
    try {
      process.kill(Number(pid), 'SIGQUIT');
    } catch {
      // It has ended by itself.
    }
  }
}
