// Opening and changing issues; the same deeds serve the REST routes and the simulated people. Pull requests share them,
// because on GitHub a pull request is an issue too.
import type { EventDoc, IssueDoc, LabelDoc, RepoDoc } from '../records.ts';
import { type Rendered, renderLogin } from '../render/accounts.ts';
import { labelsOf, renderIssue, renderLabel } from '../render/issues.ts';
import { isPull, renderFullPull } from '../render/pulls.ts';
import { renderHookRepo } from '../render/repos.ts';
import { type Deed, findUser, invalid, repoOf, stamp } from '../world.ts';
import { emit } from './emit.ts';

/** https://docs.github.com/en/rest: bodies end at 65,536 characters. */
const bodyLimitChars = 65_536;

export function checkBody(resource: string, body: string | null | undefined): void {
  if ((body ?? '').length <= bodyLimitChars) return;
  throw invalid('Validation Failed', [
    {
      resource,
      code: 'custom',
      field: 'body',
      message: `body is too long (maximum is ${bodyLimitChars} characters)`,
    },
  ]);
}

export interface NewIssue {
  readonly title: string;
  readonly body?: string | null | undefined;
  readonly labels?: readonly string[] | undefined;
  readonly assignees?: readonly string[] | undefined;
}

export async function openIssue(deed: Deed, repo: RepoDoc, wanted: NewIssue): Promise<IssueDoc> {
  const issue = addIssue(deed, repo, wanted, null);
  await emitIssue(deed, repo, issue, 'opened');
  for (const { name, color, id } of labelsOf(deed.tx, issue)) {
    note(deed, issue, { event: 'labeled', label: { name, color } });
    await emitIssue(deed, repo, issue, 'labeled', { label: labelPart(deed, repo, id) });
  }
  return issue;
}

/** The document alone, without its webhook; pull requests are opened from it. */
export function addIssue(deed: Deed, repo: RepoDoc, wanted: NewIssue, pull: IssueDoc['pull']): IssueDoc {
  const { world, tx, actor } = deed;
  checkBody('Issue', wanted.body);
  if (wanted.title.trim() === '') {
    throw invalid('Validation Failed', [{ resource: 'Issue', field: 'title', code: 'missing_field' }]);
  }
  const present = repoOf(tx, repo.id);
  tx.put('repo', { ...present, nextNumber: present.nextNumber + 1 });
  const now = stamp(world);
  return tx.put('issue', {
    id: tx.nextId(),
    repo: repo.id,
    number: present.nextNumber,
    title: wanted.title,
    body: wanted.body ?? null,
    user: actor.login,
    viaApp: deed.viaApp,
    labels: (wanted.labels ?? []).map((name) => ensureLabel(deed, repo, name).id),
    assignees: (wanted.assignees ?? []).flatMap((login) => findUser(tx, login)?.login ?? []),
    state: 'open',
    stateReason: null,
    createdAt: now,
    updatedAt: now,
    closedAt: null,
    closedBy: null,
    pull,
  });
}

export interface IssueChange {
  readonly title?: string | undefined;
  readonly body?: string | null | undefined;
  readonly state?: 'open' | 'closed' | undefined;
  readonly stateReason?: IssueDoc['stateReason'] | undefined;
}

export async function editIssue(deed: Deed, issue: IssueDoc, change: IssueChange): Promise<IssueDoc> {
  const { tx, world } = deed;
  const repo = repoOf(tx, issue.repo);
  checkBody('Issue', change.body);
  const changes: Rendered = {};
  if (change.title !== undefined && change.title !== issue.title) changes.title = { from: issue.title };
  if (change.body !== undefined && change.body !== issue.body) changes.body = { from: issue.body ?? '' };
  let next: IssueDoc = issue;
  if (Object.keys(changes).length > 0) {
    next = tx.put('issue', {
      ...issue,
      title: change.title ?? issue.title,
      body: change.body === undefined ? issue.body : change.body,
      updatedAt: stamp(world),
      ...(changes.body ? { lastEditedAt: stamp(world) } : {}),
    });
    if (changes.title) note(deed, next, { event: 'renamed', rename: { from: issue.title, to: next.title } });
    await emitIssue(deed, repo, next, 'edited', { changes });
  }
  if (change.state !== undefined && change.state !== next.state) {
    next = await setState(deed, next, change.state, change.stateReason ?? null);
  }
  return next;
}

export async function setState(
  deed: Deed,
  issue: IssueDoc,
  state: 'open' | 'closed',
  reason: IssueDoc['stateReason'],
): Promise<IssueDoc> {
  const { tx, world, actor } = deed;
  const closed = state === 'closed';
  const next = tx.put('issue', {
    ...issue,
    state,
    stateReason: issue.pull ? null : closed ? (reason ?? 'completed') : 'reopened',
    closedAt: closed ? stamp(world) : null,
    closedBy: closed ? actor.login : null,
    updatedAt: stamp(world),
  });
  note(deed, next, { event: closed ? 'closed' : 'reopened' });
  await emitIssue(deed, repoOf(tx, issue.repo), next, closed ? 'closed' : 'reopened');
  return next;
}

/** The webhook of an issue or, when it is a pull request, of the pull request. */
export async function emitIssue(
  deed: Deed,
  repo: RepoDoc,
  issue: IssueDoc,
  action: string,
  more: Rendered = {},
): Promise<void> {
  const { world, tx } = deed;
  if (isPull(issue)) {
    const pull = await renderFullPull(world, tx, repo, issue, renderHookRepo);
    emit(deed, repo, 'pull_request', action, { number: issue.number, pull_request: pull, ...more });
  } else emit(deed, repo, 'issues', action, { issue: renderIssue(world, tx, repo, issue), ...more });
}

export function note(
  deed: Deed,
  issue: IssueDoc,
  what: Partial<EventDoc> & { readonly event: string },
): EventDoc {
  return deed.tx.put('event', {
    id: deed.tx.nextId(),
    repo: issue.repo,
    issue: issue.id,
    user: deed.actor.login,
    viaApp: deed.viaApp,
    commitId: null,
    label: null,
    assignee: null,
    rename: null,
    createdAt: stamp(deed.world),
    ...what,
  });
}

export function findLabel(deed: Pick<Deed, 'tx'>, repo: RepoDoc, name: string): LabelDoc | undefined {
  const wanted = name.toLowerCase();
  return deed.tx.list('label', (one) => one.repo === repo.id && one.name.toLowerCase() === wanted)[0];
}

/** Adding a label that the repository does not have creates it, in GitHub's default grey. */
function ensureLabel(deed: Deed, repo: RepoDoc, name: string): LabelDoc {
  const known = findLabel(deed, repo, name);
  if (known) return known;
  return addLabelDoc(deed, repo, { name, color: 'ededed', description: null });
}

export function addLabelDoc(
  deed: Deed,
  repo: RepoDoc,
  wanted: Pick<LabelDoc, 'name' | 'color' | 'description'>,
): LabelDoc {
  const label = deed.tx.put('label', { id: deed.tx.nextId(), repo: repo.id, ...wanted });
  emit(deed, repo, 'label', 'created', { label: renderLabel(deed.world, repo, label) });
  return label;
}

function labelPart(deed: Deed, repo: RepoDoc, id: number): Rendered {
  const label = deed.tx.get('label', id);
  if (!label) throw new Error(`no label ${id}`);
  return renderLabel(deed.world, repo, label);
}

/** A label that is there already is left alone and tells nobody. */
export async function addLabels(deed: Deed, issue: IssueDoc, names: readonly string[]): Promise<IssueDoc> {
  const repo = repoOf(deed.tx, issue.repo);
  let next = issue;
  for (const name of names) {
    const label = ensureLabel(deed, repo, name);
    if (next.labels.includes(label.id)) continue;
    next = deed.tx.put('issue', {
      ...next,
      labels: [...next.labels, label.id],
      updatedAt: stamp(deed.world),
    });
    note(deed, next, { event: 'labeled', label: { name: label.name, color: label.color } });
    await emitIssue(deed, repo, next, 'labeled', { label: labelPart(deed, repo, label.id) });
  }
  return next;
}

export async function removeLabel(deed: Deed, issue: IssueDoc, name: string): Promise<IssueDoc | null> {
  const repo = repoOf(deed.tx, issue.repo);
  const label = findLabel(deed, repo, name);
  if (!label || !issue.labels.includes(label.id)) return null;
  const labels = issue.labels.filter((id) => id !== label.id);
  const next = deed.tx.put('issue', { ...issue, labels, updatedAt: stamp(deed.world) });
  note(deed, next, { event: 'unlabeled', label: { name: label.name, color: label.color } });
  await emitIssue(deed, repo, next, 'unlabeled', { label: labelPart(deed, repo, label.id) });
  return next;
}

/** People GitHub does not know as assignable are silently left out. */
export async function setAssignees(
  deed: Deed,
  issue: IssueDoc,
  logins: readonly string[],
): Promise<IssueDoc> {
  const repo = repoOf(deed.tx, issue.repo);
  const wanted = logins.flatMap((login) => findUser(deed.tx, login)?.login ?? []);
  let next = issue;
  const steps = [
    ...issue.assignees.filter((login) => !wanted.includes(login)).map((login) => ({ login, add: false })),
    ...wanted.filter((login) => !issue.assignees.includes(login)).map((login) => ({ login, add: true })),
  ];
  for (const { login, add } of steps) {
    const assignees = add ? [...next.assignees, login] : next.assignees.filter((one) => one !== login);
    next = deed.tx.put('issue', { ...next, assignees, updatedAt: stamp(deed.world) });
    note(deed, next, { event: add ? 'assigned' : 'unassigned', assignee: login });
    const assignee = renderLogin(deed.world, deed.tx, login);
    await emitIssue(deed, repo, next, add ? 'assigned' : 'unassigned', { assignee });
  }
  return next;
}
