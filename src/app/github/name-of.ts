/** A repository as GitHub's requests name it. */
import type { Repository } from '../../core/records.ts';

export function nameOf({ owner, name }: Repository): { owner: string; repo: string } {
  return { owner, repo: name };
}
