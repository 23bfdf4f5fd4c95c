/** Whose work it is to mend what was found: the specialist whose files are named. Pure. */

import type { Faults } from '../agent-ports.ts';
import { parseDiff } from '../parse-diff.ts';
import type { Subtask } from '../records.ts';
import { resultOf } from '../result-of.ts';
import type { TaskRecords } from '../store-ports.ts';

const TESTER = 'qa';

interface Change {
  readonly role: string;
  readonly paths: readonly string[];
}

/**
 * Each path that is named counts for whoever changed it last. Tests are named by every failure of theirs, so QA is asked only where
 * nobody else's file is named. Without a name: whoever of the others worked last.
 */
export function repairerOf(records: TaskRecords, faults: Faults): string {
  const works = records.subtasks.filter(({ kind, state }) => kind === 'work' && state === 'done');
  const changes = works.map((work) => changeOf(records, work));
  const votes = new Map<string, number>();
  for (const path of namedIn(faults, new Set(changes.flatMap(({ paths }) => paths)))) {
    const last = changes.findLast(({ paths }) => paths.includes(path));
    if (last !== undefined) votes.set(last.role, (votes.get(last.role) ?? 0) + 1);
  }
  const byVotes = [...votes].sort(([, one], [, other]) => other - one).map(([role]) => role);
  const isOther = (role: string): boolean => role !== TESTER;
  const worked = works.map(({ role }) => role);
  return byVotes.find(isOther) ?? byVotes[0] ?? worked.findLast(isOther) ?? worked.at(-1) ?? TESTER;
}

function namedIn({ runs, refusals, findings }: Faults, paths: ReadonlySet<string>): readonly string[] {
  const told = runs.flatMap(({ output }) => [...paths].filter((path) => output.includes(path)));
  const named = [...refusals.map(({ path }) => path), ...findings.map(({ path }) => path)];
  return [...told, ...named.filter((path) => path !== null)];
}

function changeOf(records: TaskRecords, work: Subtask): Change {
  const { role } = work;
  const outcome = resultOf(records, work)?.outcome;
  if (outcome?.kind !== 'patch') return { role, paths: [] };
  return { role, paths: parseDiff(outcome.patch).flatMap(({ path, oldPath }) => [path, oldPath]) };
}
