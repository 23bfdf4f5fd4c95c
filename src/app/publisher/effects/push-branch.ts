/**
 * The task's commits as a branch: made through the API so that they are Verified, or pushed with git. A branch is created, or moved
 * on from exactly where it is said to stand. The race accepted: GitHub has no "only if it still stands there" for a replaced
 * branch, so a push within the moment between the look and the move of a forced one is lost.
 */
import type { EffectOutcome } from '../../../core/effect-records.ts';
import {
  branchGone,
  branchMoved,
  branchStandsElsewhere,
  pushedUnverified,
  treeDiffers,
} from '../../../core/messages/branches.ts';
import { makeCommits, whyNotByApi } from '../api-commits.ts';
import { botAuthor } from '../bot-author.ts';
import { type BranchHead, branchHead, branchUrl, createBranch, moveBranch } from '../branches.ts';
import type { EffectContext, EffectDefinition, EffectOf } from '../effect-definition.ts';

type Push = EffectOf<'push_branch'>;

export const effect: EffectDefinition<'push_branch'> = {
  kind: 'push_branch',
  permissions: { contents: 'write' },
  async look(context, effect) {
    const head = await branchHead(context, effect.action.branch);
    if (head === null || !isDone(head, effect)) return null;
    return { outcome: outcomeOf(context, effect, head.sha), current: true };
  },
  async perform(context, effect) {
    if (effect.action.how === 'push') return push(context, effect);
    const { baseSha, branch, treeSha } = effect.action;
    const there = await branchHead(context, branch);
    if (there !== null && isDone(there, effect)) return outcomeOf(context, effect, there.sha);
    mustStandAsSaid(there, effect);
    const built = await context.commits(effect);
    if (built.treeSha !== treeSha) throw treeDiffers(built.treeSha, treeSha);
    const left = whyNotByApi(built);
    if (left !== null) return { ...(await push(context, effect)), left: pushedUnverified(left) };
    const sha = await makeCommits(context, built, baseSha);
    return outcomeOf(context, effect, await place(context, effect, sha));
  },
};

async function push(context: EffectContext, effect: Push): Promise<EffectOutcome> {
  const { headSha } = await context.push(effect, await botAuthor(context));
  return outcomeOf(context, effect, headSha);
}

/** Answers where the branch stands now. */
async function place(context: EffectContext, effect: Push, sha: string): Promise<string> {
  const { branch, onto, force } = effect.action;
  if (onto === null) {
    if (await createBranch(context, branch, sha)) return sha;
    const made = await branchHead(context, branch);
    if (made !== null && isDone(made, effect)) return made.sha;
    throw branchStandsElsewhere(branch);
  }
  // Making the commits took its time. What is not replaced need not be looked at again: GitHub refuses to lose what was pushed.
  if (force) mustStandAsSaid(await branchHead(context, branch), effect);
  await moveBranch(context, branch, { sha, force });
  return sha;
}

function mustStandAsSaid(head: BranchHead | null, { action: { branch, onto } }: Push): void {
  if (onto === null) {
    if (head !== null) throw branchStandsElsewhere(branch);
    return;
  }
  if (head === null) throw branchGone(branch);
  if (head.sha !== onto) throw branchMoved(branch);
}

/** What was to be pushed stands there: our tree, in a commit of this task's, or of the crew's where its earlier ones are made anew. */
function isDone(head: BranchHead, { action, taskId }: Push): boolean {
  if (head.treeSha !== action.treeSha || head.sha === action.onto) return false;
  // The last one: above it stands what a model wrote.
  const task = [...head.message.matchAll(/^Crew-Task: (\S+)$/gm)].at(-1)?.[1];
  return action.force ? task !== undefined : task === taskId;
}

function outcomeOf(context: EffectContext, { action }: Push, headSha: string): EffectOutcome {
  return { url: branchUrl(context, action.branch), externalId: headSha };
}
