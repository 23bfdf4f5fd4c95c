// Who may edit or delete what somebody wrote.
import { atLeast, roleOf } from '../permissions.ts';
import type { Ctx } from '../reply.ts';
import { GitHubError } from '../world.ts';

/** An App with the permission, or a person who may write, may change everybody's comments; others their own. */
export function checkMayChange(ctx: Ctx, author: string): void {
  if (ctx.auth.kind !== 'user' || ctx.auth.user.login === author) return;
  if (!atLeast(roleOf(ctx.repo, ctx.auth.user.login), 'write')) {
    throw new GitHubError(403, 'Must have admin rights to Repository.');
  }
}
