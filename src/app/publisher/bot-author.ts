/** Whom commits are by that are pushed with git: the App's bot, so that GitHub shows its name and picture at them. */
import type { CommitAuthor } from '../../core/workspace-ports.ts';
import { parseAnswer, userAnswer } from '../github/answers.ts';
import type { EffectContext } from './effect-definition.ts';

/** GitHub links a commit to an account by this address (docs.github.com, Setting your commit email address). */
export async function botAuthor({ github, bot }: EffectContext): Promise<CommitAuthor> {
  const { data } = await github.rest.users.getByUsername({ username: bot.login });
  const { id } = parseAnswer(userAnswer, data, 'a user');
  return { name: bot.login, email: `${id}+${bot.login}@users.noreply.github.com` };
}
