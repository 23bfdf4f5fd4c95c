// Without the `workflows` permission an App may bring no new version of a workflow file, by push or by the API.
import type { Ctx } from '../reply.ts';
import { GitHubError } from '../world.ts';

/** Refuses a commit that adds or changes workflow files relative to everything the repository has already. */
export async function checkWorkflows(ctx: Ctx, sha: string): Promise<void> {
  if (ctx.auth.kind !== 'installation' || ctx.auth.token.permissions.workflows === 'write') return;
  const touched = await ctx.world.git.text(ctx.world.git.dirOf(ctx.repo), [
    'log',
    '--format=',
    '--name-only',
    '-m',
    sha,
    '--not',
    '--all',
    '--',
    '.github/workflows/',
  ]);
  const file = touched.split('\n').find((line) => line !== '');
  if (file === undefined) return;
  throw new GitHubError(403, 'Resource not accessible by integration', [
    `refusing to allow a GitHub App to create or update workflow \`${file}\` without \`workflows\` permission`,
  ]);
}

/**
 * The same rule for pushes, as git's pre-receive hook. New objects are in quarantine there, visible to this process only.
 */
export const preReceiveHook = `#!/bin/sh
[ "$CREW_WORKFLOWS" = allowed ] && exit 0
while read -r old new ref; do
  case "$new" in *[!0]*) ;; *) continue ;; esac
  file=$(git log --format= --name-only -m "$new" --not --all -- .github/workflows/ | sed -n '/./{p;q;}')
  [ -z "$file" ] && continue
  echo "refusing to allow a GitHub App to create or update workflow \\\`$file\\\` without \\\`workflows\\\` permission"
  exit 1
done
exit 0
`;
