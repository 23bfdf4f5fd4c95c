/** Finds out what a decision asked for, and no more. A look-up that fails throws: no fact is ever guessed. */

import type { FactName, Facts } from '../../core/decide/facts.ts';
import { markKey } from '../../core/decide/requests.ts';
import { requestKeyOf } from '../../core/decide.ts';
import { TransientError } from '../../core/errors.ts';
import { type CrewEvent, type PullRequestEvent, repositoryOf, subjectOf } from '../../core/event.ts';
import type { GitHubReader } from '../../core/github-ports.ts';
import type { PullRequestKey } from '../../core/memory-ports.ts';
import type { Clock } from '../../core/ports.ts';
import type { Repository, Subject } from '../../core/records.ts';
import {
  CONFIG_PATH,
  type CrewLimits,
  oversizedRepoConfig,
  parseRepoConfig,
} from '../../core/repo-config.ts';
import type { PullRequestSnapshot, Standing } from '../../core/request-records.ts';
import type { Store } from '../../core/store-ports.ts';
import { deletedComments } from '../deleted-comments.ts';
import { FILE_MAX_BYTES, FileTooLargeError } from '../github/file-too-large.ts';
import { findOwn, findRepeated, readChecks, readFailures, readGrounds, readStates } from './gather-own.ts';
import { patiently, READ_LAG_MS } from './patiently.ts';

/** Open tasks of one repository that are looked at when the App loses it, and when a gate opens. */
const OPEN_TASKS_MAX = 100;
/** Memories of one repository that are looked through. */
const MEMORIES_MAX = 1_000;

const GONE: Standing = { open: false, labels: [], updatedAt: '' };

export interface FactSources {
  readonly store: Pick<
    Store,
    'tasks' | 'effects' | 'repositories' | 'findings' | 'watches' | 'asks' | 'memories'
  >;
  readonly reader: GitHubReader;
  readonly crew: CrewLimits;
  readonly clock: Clock;
}

/** Answers `facts` with all of `names` added; what is known already is not asked again. */
export async function gatherFacts(
  event: CrewEvent,
  facts: Facts,
  names: readonly FactName[],
  sources: FactSources,
): Promise<Facts> {
  const missing = names.filter((name) => facts[name] === undefined);
  const found = await Promise.all(missing.map((name) => FACTS[name](event, sources, facts)));
  return Object.assign({}, facts, ...found);
}

/** `known`: what was found out before. */
type Find = (event: CrewEvent, sources: FactSources, known: Facts) => Promise<Partial<Facts>>;

const FACTS: Readonly<Record<FactName, Find>> = {
  config: async (event, { reader, crew }) => {
    try {
      return { config: parseRepoConfig(await reader.file(repository(event), CONFIG_PATH), crew) };
    } catch (error) {
      if (!(error instanceof FileTooLargeError)) throw error;
      return { config: oversizedRepoConfig(error.bytes, FILE_MAX_BYTES, crew) };
    }
  },
  permission: async (event, { reader }) => ({
    permission: 'sender' in event ? await reader.permission(repository(event), event.sender.login) : 'none',
  }),
  tasks: async (event, { store }) => {
    const [{ id }, of] = [repository(event), subject(event)];
    // No subject brings the gates of a repository to an end: only those that run are looked at.
    const running = { repositoryId: id, open: true, limit: OPEN_TASKS_MAX };
    const found = of.kind === 'commit' ? store.tasks.list(running) : store.tasks.onSubject(id, of.number);
    return { tasks: await found };
  },
  seen: async (event, { store }) => {
    const key = requestKeyOf(event);
    return { seen: key !== null && (await store.effects.byKey(markKey(key))) !== null };
  },
  standing: async (event, { reader }) => {
    const found = await reader.standing(repository(event), subject(event).number);
    if (found === null && isEnding(event)) return { standing: GONE };
    if (found === null || isBehind(event, found)) throw notShownYet();
    return { standing: found };
  },
  issue: async (event, { reader }) => ({
    issue: await reader.issue(repository(event), subject(event).number),
  }),
  baseSha: async (event, { reader }) => ({
    baseSha: await reader.branchHead(repository(event), repository(event).defaultBranch),
  }),
  pullRequest: async (event, { reader }) => {
    const found = await reader.pullRequest(repository(event), subject(event).number);
    await refuseStale(event, found, reader);
    return { pullRequest: found };
  },
  watch: async (event, { store }) => ({ watch: await store.watches.get(pullRequestKey(event)) }),
  asks: async (event, { store }) => {
    if (!('sender' in event)) throw new TypeError(`${event.kind} is by nobody`);
    return { asks: await store.asks.get(pullRequestKey(event), event.sender.login) };
  },
  findings: async (event, { store }) => ({ findings: await store.findings.ofPull(pullRequestKey(event)) }),
  threads: async (event, sources) => ({ threads: await readThreads(event, sources) }),
  deleted: async (event, { store, reader, clock }) => ({
    deleted: await deletedComments({
      repository: repository(event),
      subject: subject(event),
      findings: (await store.findings.ofPull(pullRequestKey(event))).filter(({ state }) => state === 'open'),
      reader,
      records: (taskId) => store.tasks.records(taskId),
      now: clock.now(),
    }),
  }),
  root: async (event, { reader }) => {
    const id = event.kind === 'comment' ? event.inReplyTo : null;
    return { root: id === null ? null : await reader.reviewComment(repository(event), id) };
  },
  memories: async (event, { store }) => ({
    memories: await store.memories.list(repository(event).id, MEMORIES_MAX),
  }),
  installed: findInstalled,
  own: async (event, { store }) => ({ own: await findOwn(event, repository(event), store) }),
  states: async (event, sources, { own = [] }) => ({
    states: await readStates(event, own, { ...sources, repository: repository(event) }),
  }),
  grounds: async (event, { reader }, { own = [], states }) => ({
    grounds: await readGrounds(repository(event), own, states ?? null, reader),
  }),
  checks: async (event, sources, known) => ({
    checks: await readChecks(
      event,
      { repository: repository(event), headSha: headOf(event, known) },
      sources,
    ),
  }),
  repeated: async (event, { store }, { checks }) => ({
    repeated: await findRepeated(repository(event), checks?.checks ?? [], store),
  }),
  failures: async (event, sources, { checks }) => ({
    failures: await readFailures(repository(event), checks?.checks ?? [], sources),
  }),
};

/** A thread tells no time: where the read tells otherwise than the event, a second look after a while is the truth. */
function readThreads(event: CrewEvent, { reader, clock }: FactSources) {
  return patiently(
    () => reader.threads(repository(event), subject(event).number),
    (threads) =>
      event.kind !== 'thread_changed' ||
      threads.find(({ id }) => id === event.threadId)?.resolved === (event.action === 'resolved'),
    { looks: 2, clock },
  );
}

/** A read may still tell the head, or the target, before the change that this delivery is about. */
async function refuseStale(
  event: CrewEvent,
  found: PullRequestSnapshot,
  reader: GitHubReader,
): Promise<void> {
  if (event.kind !== 'pull_request_changed') return;
  const { previousHeadSha, previousBaseRef, pullRequest } = event;
  if (found.headSha === previousHeadSha && found.headSha !== pullRequest.headSha) throw notShownYet();
  if (found.baseRef !== previousBaseRef || found.baseRef === pullRequest.baseRef) return;
  // It may also have been changed back, which is a later change.
  const standing = await reader.standing(event.repository, pullRequest.number);
  if (standing === null || !isOlder(pullRequest.updatedAt, standing.updatedAt)) throw notShownYet();
}

function isEnding(event: CrewEvent): boolean {
  return event.kind === 'issue_unlabelled' || ('action' in event && event.action === 'closed');
}

/** The read tells otherwise than the event and is the older of the two: nothing that came after the event explains it. */
function isBehind(event: CrewEvent, { open, labels, updatedAt }: Standing): boolean {
  switch (event.kind) {
    case 'comment':
      return isOlder(updatedAt, event.createdAt) && open !== event.open;
    case 'issue_labelled':
      return isOlder(updatedAt, event.issue.updatedAt) && !(open && labels.includes(event.label));
    case 'issue_unlabelled':
      return isOlder(updatedAt, event.issue.updatedAt) && labels.includes(event.label);
    case 'issue_changed':
      return isOlder(updatedAt, event.issue.updatedAt) && open !== event.issue.open;
    case 'pull_request_labelled':
      return isOlder(updatedAt, event.pullRequest.updatedAt) && !(open && labels.includes(event.label));
    case 'pull_request_changed':
      return (
        isOlder(updatedAt, event.pullRequest.updatedAt) &&
        (open !== event.pullRequest.open || (event.label !== null && isLabelBehind(event, labels)))
      );
    default:
      return false;
  }
}

function isLabelBehind({ action, label }: PullRequestEvent, labels: readonly string[]): boolean {
  return label !== null && labels.includes(label) !== (action === 'labelled');
}

function isOlder(a: string, b: string): boolean {
  return Date.parse(a) < Date.parse(b);
}

function notShownYet(): TransientError {
  return new TransientError('GitHub does not show yet what it told of', { retryAfterMs: READ_LAG_MS });
}

async function findInstalled(event: CrewEvent, { store }: FactSources): Promise<Partial<Facts>> {
  const installationId = event.kind === 'installation' ? event.installationId : null;
  const all = await store.repositories.list();
  const repositories = all.filter((known) => known.installationId === installationId);
  const openTasks = await Promise.all(
    repositories.map(({ id }) => store.tasks.list({ repositoryId: id, open: true, limit: OPEN_TASKS_MAX })),
  );
  return { installed: { repositories, openTasks: openTasks.flat() } };
}

function headOf(event: CrewEvent, { own = [], states }: Facts): string {
  const [pull] = own;
  const now = pull === undefined ? undefined : states?.get(pull.number)?.headSha;
  const headSha = event.kind === 'report' ? (event.headSha ?? now) : undefined;
  if (headSha === undefined) throw new TypeError(`${event.kind} is about no commit`);
  return headSha;
}

function pullRequestKey(event: CrewEvent): PullRequestKey {
  return { repositoryId: repository(event).id, number: subject(event).number };
}

function repository(event: CrewEvent): Repository {
  const found = repositoryOf(event);
  if (found === null) throw new TypeError(`${event.kind} names no repository`);
  return found;
}

function subject(event: CrewEvent): Subject {
  const found = subjectOf(event);
  if (found === null) throw new TypeError(`${event.kind} is about no issue or pull request`);
  return found;
}
