/** Where handlers bring an event: asks the pure decision, finds out what it lacks, runs what commands it names. */
import type { Change, Decision } from '../../core/change.ts';
import { type Facts, has } from '../../core/decide/facts.ts';
import { decide } from '../../core/decide.ts';
import { type CrewEvent, repositoryOf, timeOf } from '../../core/event.ts';
import type { Repository } from '../../core/records.ts';
import { parseRepoConfig } from '../../core/repo-config.ts';
import { asTriggered } from './as-triggered.ts';
import { gatherFacts } from './gather-facts.ts';
import { type CommandSources, runCommands } from './run-commands.ts';

/** A decision asks for facts a few times at most; more means that it does not notice what it is given. */
const ROUNDS_MAX = 10;
/** Commands that do the same whatever the configuration says: no trouble with the file may keep anybody from stopping. */
const NEED_NO_CONFIG: ReadonlySet<string> = new Set([
  'stop',
  'tell',
  'pause',
  'status',
  'memory',
  'help',
  '',
]);

export interface Desk {
  decide(event: CrewEvent): Promise<readonly Decision[]>;
}

export interface DeskSources extends Omit<CommandSources, 'present'> {
  /** Our own App. Throws TransientError while GitHub does not tell. */
  readonly identity: () => Promise<{ readonly login: string; readonly appId: number }>;
}

export function createDesk(sources: DeskSources): Desk {
  return {
    decide: async (event) => dated(event, await withRepository(event, await settle(event, sources), sources)),
  };
}

async function settle(event: CrewEvent, given: DeskSources): Promise<readonly Decision[]> {
  const sources = { ...given, reader: asTriggered(given.reader, event), present: given.reader };
  let facts: Facts = { app: await ownApp(event, sources), roles: sources.crew.roles };
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const verdict = decide(event, facts);
    if (verdict.kind === 'decided') return verdict.decisions;
    if (verdict.kind === 'needs') {
      facts = await gatherFacts(event, facts, verdict.facts, sources);
    } else if (event.kind === 'comment') {
      if (verdict.commands.every(({ verb }) => NEED_NO_CONFIG.has(verb))) {
        facts = { config: parseRepoConfig(null, sources.crew), ...facts };
      }
      if (has(facts, 'config', 'permission', 'tasks', 'watch')) {
        return runCommands(event, verdict.commands, facts, sources);
      }
      facts = await gatherFacts(event, facts, ['config', 'permission', 'tasks', 'watch'], sources);
    }
  }
  throw new Error(`the decision on ${event.kind} keeps asking for facts`);
}

function dated(event: CrewEvent, decisions: readonly Decision[]): readonly Decision[] {
  const at = timeOf(event);
  return at === null ? decisions : decisions.map((decision) => ({ ...decision, at }));
}

async function ownApp(event: CrewEvent, sources: DeskSources): Promise<Facts['app']> {
  if (event.kind === 'other') return { id: 0, login: '' };
  const { appId, login } = await sources.identity();
  return { id: appId, login };
}

/** What acts on a repository keeps the record of it up to date: names, visibility and default branch change. */
async function withRepository(
  event: CrewEvent,
  decisions: readonly Decision[],
  sources: DeskSources,
): Promise<readonly Decision[]> {
  const repository = repositoryOf(event);
  const [first, ...others] = decisions;
  if (repository === null || first === undefined || decisions.every(({ changes }) => changes.length === 0)) {
    return decisions;
  }
  const known = await sources.store.repositories.get(repository.id);
  if (known !== null && isSame(known, repository)) return decisions;
  const save: Change = { kind: 'save_repository', repository };
  return [{ ...first, changes: [save, ...first.changes] }, ...others];
}

function isSame(a: Repository, b: Repository): boolean {
  return (
    a.owner === b.owner &&
    a.name === b.name &&
    a.installationId === b.installationId &&
    a.defaultBranch === b.defaultBranch &&
    a.private === b.private
  );
}
