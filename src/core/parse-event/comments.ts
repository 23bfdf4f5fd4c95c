/** A comment, wherever it stands. Pure. */
import type { z } from 'zod';
import type { changes, comment } from './payloads.ts';

export function commentState(
  found: z.infer<typeof comment>,
  edited: z.infer<typeof changes>,
  action: string,
) {
  return {
    commentId: found.id,
    author: found.user,
    appId: found.performed_via_github_app?.id ?? null,
    body: found.body,
    // An edit without a `changes.body` changed no text, so it adds no command.
    before: action === 'created' ? null : (edited?.body?.from ?? found.body),
    inReplyTo: found.in_reply_to_id ?? null,
    path: found.path ?? null,
    line: found.line ?? null,
    writtenAt: action === 'created' ? found.created_at : found.updated_at,
    createdAt: found.created_at,
  };
}
