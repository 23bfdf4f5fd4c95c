// Issues, labels, assignees and events.
import { z } from 'zod';
import {
  addLabelDoc,
  addLabels,
  editIssue,
  findLabel,
  openIssue,
  removeLabel,
  setAssignees,
} from '../deeds/issues.ts';
import { atLeast, roleOf } from '../permissions.ts';
import type { IssueDoc, LabelDoc } from '../records.ts';
import { type Rendered, renderLogin, renderUser } from '../render/accounts.ts';
import {
  labelsOf,
  renderComment,
  renderEvent,
  renderFullIssue,
  renderIssue,
  renderLabel,
} from '../render/issues.ts';
import { type Ctx, created, input, noContent, ok, page, type Reply, since, sorted } from '../reply.ts';
import type { Routes } from '../router.ts';
import { findIssue, findUser, invalid, notFound } from '../world.ts';

export function issueIn(ctx: Ctx): IssueDoc {
  const issue = findIssue(ctx.view, ctx.repo, Number(ctx.params.issue_number ?? ctx.params.pull_number));
  if (!issue) throw notFound();
  return issue;
}

const nameSchema = z.union([z.string(), z.object({ name: z.string() }).transform((label) => label.name)]);
const stateReason = z.enum(['completed', 'not_planned', 'reopened', 'duplicate']).nullish();
const issueSchema = z.object({
  title: z.union([z.string(), z.number().transform(String)]),
  body: z.string().nullish(),
  labels: z.array(nameSchema).optional(),
  assignees: z.array(z.string()).optional(),
});
const issueChangeSchema = issueSchema
  .partial()
  .extend({ state: z.enum(['open', 'closed']).optional(), state_reason: stateReason });

async function create(ctx: Ctx): Promise<Reply> {
  const wish = input(ctx, issueSchema);
  const issue = await openIssue(ctx.deed, ctx.repo, wish);
  return created(renderFullIssue(ctx.world, ctx.view, ctx.repo, issue));
}

async function update(ctx: Ctx): Promise<Reply> {
  const wish = input(ctx, issueChangeSchema);
  let issue = await editIssue(ctx.deed, issueIn(ctx), {
    title: wish.title,
    body: wish.body,
    state: wish.state,
    stateReason: wish.state_reason,
  });
  if (wish.labels) issue = await replaceLabels(ctx, issue, wish.labels);
  if (wish.assignees) issue = await setAssignees(ctx.deed, issue, wish.assignees);
  return ok(renderFullIssue(ctx.world, ctx.view, ctx.repo, issue));
}

async function replaceLabels(ctx: Ctx, issue: IssueDoc, names: readonly string[]): Promise<IssueDoc> {
  let next = issue;
  const kept = names.map((name) => name.toLowerCase());
  for (const label of labelsOf(ctx.view, issue)) {
    if (!kept.includes(label.name.toLowerCase()))
      next = (await removeLabel(ctx.deed, next, label.name)) ?? next;
  }
  return addLabels(ctx.deed, next, names);
}

function list(ctx: Ctx): Promise<Reply> {
  const state = ctx.query.get('state') ?? 'open';
  const labels = (ctx.query.get('labels') ?? '').split(',').filter((name) => name !== '');
  const creator = ctx.query.get('creator');
  const assignee = ctx.query.get('assignee');
  const found = ctx.view.list('issue', (issue) => {
    if (issue.repo !== ctx.repo.id || (state !== 'all' && issue.state !== state)) return false;
    if (creator !== null && issue.user !== creator) return false;
    if (assignee !== null && assignee !== '*' && !issue.assignees.includes(assignee)) return false;
    const names = labelsOf(ctx.view, issue).map((label) => label.name.toLowerCase());
    return labels.every((name) => names.includes(name.toLowerCase()));
  });
  const shown = sorted(ctx, since(ctx, found), 'desc');
  return page(ctx, shown, (issue) => renderIssue(ctx.world, ctx.view, ctx.repo, issue));
}

const renderLabels = (ctx: Ctx, issue: IssueDoc): Rendered[] =>
  labelsOf(ctx.view, issue).map((label) => renderLabel(ctx.world, ctx.repo, label));

const labelsSchema = z.union([
  z.object({ labels: z.array(nameSchema).default([]) }).transform((body) => body.labels),
  z.array(nameSchema),
]);
const assigneesSchema = z.object({ assignees: z.array(z.string()).default([]) });

async function changeAssignees(ctx: Ctx, add: boolean): Promise<Reply> {
  const { assignees } = input(ctx, assigneesSchema);
  const issue = issueIn(ctx);
  const known = new Set(issue.assignees);
  for (const login of assignees) {
    if (add) known.add(login);
    else known.delete(login);
  }
  const next = await setAssignees(ctx.deed, issue, [...known]);
  const reply = renderFullIssue(ctx.world, ctx.view, ctx.repo, next);
  return add ? created(reply) : ok(reply);
}

function labelIn(ctx: Ctx): LabelDoc {
  const label = findLabel(ctx.deed, ctx.repo, ctx.params.name ?? '');
  if (!label) throw notFound();
  return label;
}

const labelSchema = z.object({
  name: z.string().min(1),
  color: z.string().default('ededed'),
  description: z.string().nullish(),
});

function createLabel(ctx: Ctx): Reply {
  const wish = input(ctx, labelSchema);
  if (findLabel(ctx.deed, ctx.repo, wish.name)) {
    throw invalid('Validation Failed', [{ resource: 'Label', code: 'already_exists', field: 'name' }]);
  }
  const label = addLabelDoc(ctx.deed, ctx.repo, { ...wish, description: wish.description ?? null });
  return created(renderLabel(ctx.world, ctx.repo, label));
}

function updateLabel(ctx: Ctx): Reply {
  const label = labelIn(ctx);
  const wish = input(ctx, labelSchema.partial().extend({ new_name: z.string().optional() }));
  const next = ctx.deed.tx.put('label', {
    ...label,
    name: wish.new_name ?? label.name,
    color: (ctx.body as { color?: string }).color ?? label.color,
    description: wish.description ?? label.description,
  });
  return ok(renderLabel(ctx.world, ctx.repo, next));
}

function deleteLabel(ctx: Ctx): Reply {
  const label = labelIn(ctx);
  const holders = ctx.view.list('issue', (issue) => issue.labels.includes(label.id));
  for (const issue of holders) {
    ctx.deed.tx.put('issue', { ...issue, labels: issue.labels.filter((id) => id !== label.id) });
  }
  ctx.deed.tx.remove('label', label.id);
  return noContent();
}

function events(ctx: Ctx): Promise<Reply> {
  const issue = issueIn(ctx);
  const docs = ctx.view.list('event', (one) => one.issue === issue.id && one.event !== 'reviewed');
  return page(ctx, docs, (one) => renderEvent(ctx.world, ctx.view, ctx.repo, one));
}

/** The timeline is the events and the comments, in order of time. */
function timeline(ctx: Ctx): Promise<Reply> {
  const issue = issueIn(ctx);
  const happened = ctx.view.list('event', (one) => one.issue === issue.id && one.event !== 'reviewed');
  const said = ctx.view.list('comment', (one) => one.issue === issue.id);
  const all = [
    ...happened.map((one) => ({
      at: one.createdAt,
      id: one.id,
      render: () => renderEvent(ctx.world, ctx.view, ctx.repo, one),
    })),
    ...said.map((one) => ({ at: one.createdAt, id: one.id, render: () => timelineComment(ctx, issue, one) })),
  ].sort((a, b) => a.at.localeCompare(b.at) || a.id - b.id);
  return page(ctx, all, (one) => one.render());
}

function timelineComment(ctx: Ctx, issue: IssueDoc, comment: Parameters<typeof renderComment>[4]): Rendered {
  const actor = renderLogin(ctx.world, ctx.view, comment.user);
  return { event: 'commented', actor, ...renderComment(ctx.world, ctx.view, ctx.repo, issue, comment) };
}

function assignable(ctx: Ctx): Rendered[] {
  return ctx.view
    .list('user', (user) => user.type === 'User' && atLeast(roleOf(ctx.repo, user.login), 'triage'))
    .map((user) => renderUser(ctx.world, user));
}

export const issueRoutes: Routes = {
  'GET /repos/{owner}/{repo}/issues': list,
  'POST /repos/{owner}/{repo}/issues': create,
  'GET /repos/{owner}/{repo}/issues/{issue_number}': (ctx) =>
    ok(renderFullIssue(ctx.world, ctx.view, ctx.repo, issueIn(ctx))),
  'PATCH /repos/{owner}/{repo}/issues/{issue_number}': update,
  'GET /repos/{owner}/{repo}/issues/{issue_number}/labels': (ctx) =>
    page(ctx, labelsOf(ctx.view, issueIn(ctx)), (label) => renderLabel(ctx.world, ctx.repo, label)),
  'POST /repos/{owner}/{repo}/issues/{issue_number}/labels': async (ctx) =>
    ok(renderLabels(ctx, await addLabels(ctx.deed, issueIn(ctx), input(ctx, labelsSchema)))),
  'PUT /repos/{owner}/{repo}/issues/{issue_number}/labels': async (ctx) =>
    ok(renderLabels(ctx, await replaceLabels(ctx, issueIn(ctx), input(ctx, labelsSchema)))),
  'DELETE /repos/{owner}/{repo}/issues/{issue_number}/labels': async (ctx) => {
    await replaceLabels(ctx, issueIn(ctx), []);
    return noContent();
  },
  'DELETE /repos/{owner}/{repo}/issues/{issue_number}/labels/{name}': async (ctx) => {
    const next = await removeLabel(ctx.deed, issueIn(ctx), ctx.params.name ?? '');
    if (!next) throw Object.assign(notFound(), { message: 'Label does not exist' });
    return ok(renderLabels(ctx, next));
  },
  'POST /repos/{owner}/{repo}/issues/{issue_number}/assignees': (ctx) => changeAssignees(ctx, true),
  'DELETE /repos/{owner}/{repo}/issues/{issue_number}/assignees': (ctx) => changeAssignees(ctx, false),
  'GET /repos/{owner}/{repo}/issues/{issue_number}/events': events,
  'GET /repos/{owner}/{repo}/issues/{issue_number}/timeline': timeline,
  'GET /repos/{owner}/{repo}/assignees': (ctx) => page(ctx, assignable(ctx), (user) => user),
  'GET /repos/{owner}/{repo}/assignees/{assignee}': (ctx) => {
    const user = findUser(ctx.view, ctx.params.assignee ?? '');
    if (!user || !atLeast(roleOf(ctx.repo, user.login), 'triage')) throw notFound();
    return noContent();
  },
  'GET /repos/{owner}/{repo}/labels': (ctx) =>
    page(
      ctx,
      ctx.view.list('label', (one) => one.repo === ctx.repo.id),
      (label) => renderLabel(ctx.world, ctx.repo, label),
    ),
  'POST /repos/{owner}/{repo}/labels': createLabel,
  'GET /repos/{owner}/{repo}/labels/{name}': (ctx) => ok(renderLabel(ctx.world, ctx.repo, labelIn(ctx))),
  'PATCH /repos/{owner}/{repo}/labels/{name}': updateLabel,
  'DELETE /repos/{owner}/{repo}/labels/{name}': deleteLabel,
};
