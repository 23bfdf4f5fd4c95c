/** Where secrets lie on a machine that a crew's worker runs on, each with a canary of its own. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { OTHER_CHECKOUT } from './ways-out.ts';

export interface Stage {
  readonly dir: string;
  /** Of the worker's process. */
  readonly home: string;
  readonly stateDir: string;
}

/** One for each place, by its name. */
export class PlantedCanaries extends Map<string, string> {
  plant(place: string): string {
    const made = `cnry-${place}-${randomBytes(8).toString('hex')}`;
    this.set(place, made);
    return made;
  }
}

export async function plantFiles({ dir, home, stateDir }: Stage, canaries: PlantedCanaries): Promise<void> {
  const state = join(stateDir, 'workspaces');
  const canary = (place: string): string => canaries.plant(place);
  const places: Record<string, string> = {
    [join(home, '.ssh/id_ed25519')]: canary('ssh'),
    [join(home, '.npmrc')]: `//packages.example.com/:_authToken=${canary('npm')}`,
    [join(home, '.netrc')]: canary('netrc'),
    [join(home, '.git-credentials')]: `https://x:${canary('git')}@github.com`,
    [join(home, '.aws/credentials')]: canary('aws'),
    [join(home, '.config/gh/hosts.yml')]: canary('gh'),
    [join(home, '.docker/config.json')]: canary('docker'),
    [join(stateDir, '.env')]: `UNREAD=${canary('state')}`,
    [join(state, 'mirrors/999.git/secret')]: canary('mirror'),
    [join(state, OTHER_CHECKOUT, 'secret.txt')]: canary('job'),
    [join(state, 'work/other-job/tmp/secret.txt')]: canary('jobtmp'),
    [join(dir, 'beside.txt')]: canary('beside'),
  };
  for (const [path, text] of Object.entries(places)) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, `${text}\n`);
  }
}

/** A segment that its owner, who is whoever the crew runs as, may read; answers its id. */
export function shareMemory(text: string): string {
  const script = '$i = shmget(0, 100, 01600); shmwrite($i, $ARGV[0], 0, 100); print $i';
  return execFileSync('perl', ['-e', script, text]).toString();
}

export function unshareMemory(id: string): void {
  execFileSync('perl', ['-e', `shmctl(${id}, 0, 0)`]);
}
