/** A lesson as a pull request of its own: one file below `.github/crew/standards/`, on a branch of ours. Never a silent change. */
import type { EffectOutcome } from '../../../core/effect-records.ts';
import { UserError } from '../../../core/errors.ts';
import { branchGone, branchStandsElsewhere } from '../../../core/messages/branches.ts';
import { closingNothing } from '../../../core/messages/format.ts';
import { TITLE_MAX_CHARS } from '../../../core/outgoing-text.ts';
import { gitCommitAnswer, openedPullAnswer, parseAnswer, shaAnswer } from '../../github/answers.ts';
import { branchHead, createBranch } from '../branches.ts';
import type { EffectContext, EffectDefinition, EffectOf } from '../effect-definition.ts';
import { findOwnPull, pullOutcome } from '../find-own-pull.ts';

/** Standards are part of every briefing. */
const CONTENT_MAX_CHARS = 20_000;
/** For the branch; opening a pull request of it needs another. */
const COMMITTING = { contents: 'write' } as const;
const PATH = /^\.github\/crew\/standards\/[a-z0-9-]+\.md$/;

type Proposal = EffectOf<'propose_standard'>;

export const effect: EffectDefinition<'propose_standard'> = {
  kind: 'propose_standard',
  permissions: { contents: 'read', pull_requests: 'write' },
  async look(context, { key, action }) {
    const outcome = await findOwnPull(context, key, action.branch);
    return outcome && { outcome, current: true };
  },
  async perform(context, effect) {
    const { key, action } = effect;
    mustBeStandard(action);
    const opened = await findOwnPull(context, key, action.branch);
    if (opened !== null) return opened;
    const base = await branchHead(context, action.base);
    if (base === null) throw branchGone(action.base);
    const committing = { ...context, github: await context.clientWith(COMMITTING) };
    const treeSha = await makeTree(committing, action, base.treeSha);
    if (treeSha === base.treeSha) {
      return { url: null, externalId: null, left: `\`${action.path}\` says so already` };
    }
    await makeBranch(committing, effect, { treeSha, parent: base.sha });
    return open(context, effect);
  },
};

function mustBeStandard({ path, content }: Proposal['action']): void {
  if (!PATH.test(path)) {
    throw new UserError(`\`${path}\` is no standard: one is a file \`.github/crew/standards/<name>.md\`.`);
  }
  if (content.length > CONTENT_MAX_CHARS) {
    throw new UserError(
      `The standard has ${content.length} characters, more than ${CONTENT_MAX_CHARS}: it would be part of every briefing.`,
    );
  }
}

async function makeTree(
  { github, at, texts }: EffectContext,
  { path, content }: Proposal['action'],
  baseTreeSha: string,
): Promise<string> {
  const entry = { path, mode: '100644', type: 'blob' } as const;
  const tree = [{ ...entry, content: await texts.plain(content, CONTENT_MAX_CHARS) }];
  const { data } = await github.rest.git.createTree({ ...at, base_tree: baseTreeSha, tree });
  return parseAnswer(shaAnswer, data, 'a tree').sha;
}

/** One that an earlier sending left is gone on from, whatever its parent was. */
async function makeBranch(
  context: EffectContext,
  { action, taskId }: Proposal,
  commit: { readonly treeSha: string; readonly parent: string },
): Promise<void> {
  const { github, at, texts } = context;
  const title = closingNothing(await texts.plain(action.title, TITLE_MAX_CHARS));
  const message = taskId === null ? title : `${title}\n\nCrew-Task: ${taskId}\n`;
  const there = await branchHead(context, action.branch);
  if (there !== null && there.message.trim() === message.trim()) return;
  if (there !== null) throw branchStandsElsewhere(action.branch);
  const wanted = { message, tree: commit.treeSha, parents: [commit.parent] };
  const { data } = await github.rest.git.createCommit({ ...at, ...wanted });
  const { sha } = parseAnswer(gitCommitAnswer, data, 'a commit');
  if (!(await createBranch(context, action.branch, sha))) throw branchStandsElsewhere(action.branch);
}

async function open({ github, at, texts }: EffectContext, { key, action }: Proposal): Promise<EffectOutcome> {
  const { data } = await github.rest.pulls.create({
    ...at,
    head: action.branch,
    base: action.base,
    title: await texts.plain(action.title, TITLE_MAX_CHARS),
    body: await texts.marked(action.body, key),
  });
  return pullOutcome(parseAnswer(openedPullAnswer, data, 'a pull request'));
}
