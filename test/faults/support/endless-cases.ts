/** A model that never comes to an end of what it says, or says nothing: one repository and one struck job for each case. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Fault } from '../../../demo/model/faults.ts';
import { shippedRolesDir } from '../../../src/agents/roles.ts';
import { stageFiles, WRITER } from './model-cases.ts';

/** All within the time that any part of a connection may be silent. */
const ENDLESS: readonly Pick<Fault, 'kind' | 'afterEvents' | 'delayMs'>[] = [
  { kind: 'endless-stream', delayMs: 50 },
  // A slow drip: what it has to say takes longer than the job may.
  { kind: 'slow', delayMs: 1_500 },
  { kind: 'silence' },
  { kind: 'silence', afterEvents: 4 },
];

/** Those that begin by themselves with an issue, and who does them. */
const ROLES = { plan: 'strategist', work: 'qa', audit: 'security' } as const;
const JOBS = ['plan', 'work', 'audit'] as const;

export interface EndlessCase {
  readonly tag: string;
  /** `owner/name` */
  readonly repository: string;
  readonly job: (typeof JOBS)[number];
  readonly fault: (typeof ENDLESS)[number];
  readonly minutes: number;
}

/** Every kind in each job; of which a trial takes the first after a shuffle. */
export function endlessCases(minutes: number): readonly EndlessCase[] {
  return ENDLESS.flatMap((fault, kind) =>
    JOBS.map((job, at) => {
      const name = `endless-${kind}-${at}`;
      return { tag: `${name};`, repository: `acme/${name}`, job, fault, minutes };
    }),
  );
}

export function faultOfEndless({ tag, job, fault }: EndlessCase): Fault {
  return { ...fault, job, says: tag, times: Infinity };
}

/** The repository gives the one role less time. */
export async function repositoryOfEndless({ repository, job, minutes }: EndlessCase) {
  const file = `${ROLES[job]}.md`;
  const shipped = await readFile(join(shippedRolesDir, file), 'utf8');
  const limited = shipped.replace(/max_minutes: \d+/, `max_minutes: ${minutes}`);
  const files = { ...stageFiles, [`.github/crew/roles/${file}`]: limited };
  return { name: repository, files, collaborators: { [WRITER]: 'write' as const } };
}
