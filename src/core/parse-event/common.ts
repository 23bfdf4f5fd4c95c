/** What payloads have in common. Pure. */
import type { z } from 'zod';
import type { Repository } from '../records.ts';
import type { onRepository } from './payloads.ts';

export function common(payload: z.infer<typeof onRepository>) {
  const { repository, installation, sender } = payload;
  const record: Repository = {
    id: repository.id,
    owner: repository.owner.login,
    name: repository.name,
    installationId: installation.id,
    defaultBranch: repository.default_branch,
    private: repository.private,
  };
  return { repository: record, sender };
}

/** What an issue or a pull request says, where the payload tells it. */
export function said({ title, body }: { readonly title?: string | undefined; readonly body: string }) {
  return title === undefined ? {} : { text: { title, body } };
}
