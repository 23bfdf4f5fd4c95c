/** Answers a question about the repository, the issue or the pull request. */
import { createTask } from '../../core/decide/requests.ts';
import { UserError } from '../../core/errors.ts';
import { questionMissing, roleNotEnabled } from '../../core/messages/commands.ts';
import { toTaskConfig } from '../../core/repo-config.ts';
import { addressed } from '../addressed.ts';
import type { Command, CommandContext } from '../command.ts';

export const command: Command = {
  name: 'ask',
  summary: 'Answers a question here, by one specialist if it is named.',
  usage: '/crew ask [role:] <question>',
  access: 'write',
  on: ['issue', 'pull_request'],
  onlyOpen: false,
  run: async (context, args) => {
    const { repository, subject, requestKey, config, commentId } = context;
    const { role, text: question } = addressed(args, context.roles);
    if (question === '') throw new UserError(questionMissing);
    if (role !== null && !config.config.roles.includes(role)) {
      throw new UserError(roleNotEnabled(role, config.config.roles));
    }
    const { issue, headSha, baseSha } = await readSubject(context);
    const asked = { repository, requestKey, requester: context.actor, config };
    const request = { kind: 'ask', question, role, commentId, issue, headSha, baseSha } as const;
    return createTask(asked, {
      kind: 'ask',
      subject,
      request: { ...request, config: toTaskConfig(config.config) },
    });
  },
};

async function readSubject({ repository, subject, reader }: CommandContext) {
  if (subject.kind === 'issue') {
    const [issue, headSha] = await Promise.all([
      reader.issue(repository, subject.number),
      reader.branchHead(repository, repository.defaultBranch),
    ]);
    return { issue, headSha, baseSha: headSha };
  }
  const issue = await reader.pullRequest(repository, subject.number);
  return { issue, headSha: issue.headSha, baseSha: issue.baseSha };
}
