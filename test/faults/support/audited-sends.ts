/** Holds every request that changes something on GitHub against the ledger and its trail, before it is done. */
import type { Pool } from 'pg';
import type { WatchedRequest } from '../../../demo/github/world.ts';
import type { CrewParts } from '../../support/crew-parts.ts';
import { isSending } from './kill-at-sends.ts';

export interface AuditedSends {
  requests(): number;
  /** Of those, how many came while their process did not work yet: they may be of the life before, and are held against the trail alone. */
  ofNoOwner(): number;
  /** A sentence for each request that no event told of, or that was not its sender's to make. */
  violations(): readonly string[];
  stop(): void;
}

/** By path, below the repository: kinds of effect that it may belong to; `number` is the first group's. */
const KINDS: readonly (readonly [pattern: RegExp, kinds: readonly string[]])[] = [
  [/^issues\/(\d+)\/comments$/, ['comment', 'sticky_comment']],
  [/^issues\/comments\/\d+$/, ['sticky_comment']],
  [/reactions$/, ['reaction']],
  [/^labels$/, ['add_labels']],
  [/^issues\/(\d+)\/labels$/, ['add_labels']],
  [/^issues\/(\d+)\/labels\/.+$/, ['remove_label']],
  [/^pulls\/(\d+)\/reviews(?:\/\d+)?$/, ['review']],
  [/^pulls\/(\d+)\/reviews\/\d+\/dismissals$/, ['dismiss_review']],
  [/^pulls\/(\d+)\/comments\/\d+\/replies$/, ['thread_reply', 'resolve_thread']],
  [/^pulls$/, ['open_pull_request', 'propose_standard']],
  [/^git\//, ['push_branch', 'propose_standard']],
  [/^check-runs/, ['check_run']],
  [/^actions\/runs\/\d+\/rerun-failed-jobs$/, ['rerun_failed_jobs']],
  [/^mutation$/, ['ready_for_review', 'resolve_thread', 'resolve_answered']],
];

/** Its planning and this very sending are told by the trail, and the process that asks holds the lease; what a dead one had sent is told. */
const TOLD = `
  select from effects e
  where e.action ->> 'kind' = any($1)
    and ($2::int is null or (e.action ->> 'number')::int = $2)
    and ($3::text is null
         or (e.state = 'sending' and split_part(e.lease_owner, '/', 2) = $3 and e.lease_until > now()))
    and exists (select from events v where v.subject = e.id and v.type = 'effect.planned')
    and exists (select from events v where v.subject = e.id and v.type = 'effect.sending'
                and ($3::text is null or v.data ->> 'attempt' = e.attempts::text))
  limit 1`;

export function auditSends(parts: CrewParts, pool: Pool): AuditedSends {
  const violations: string[] = [];
  let requests = 0;
  let ofNoOwner = 0;
  const stop = parts.github.watch(async (request, status) => {
    if (status !== null || !isSending(request)) return;
    // A person's, or the test's own.
    const part = parts.parts.find(({ githubHost }) => githubHost === request.host);
    if (part === undefined) return;
    requests += 1;
    const owner = part.isUp() ? String(part.pid()) : null;
    if (owner === null) ofNoOwner += 1;
    const asked = whatFor(request);
    const { rowCount } = await pool.query(TOLD, [asked?.kinds ?? [], asked?.number ?? null, owner]);
    if (rowCount === 0)
      violations.push(`${request.method} ${request.path} of ${part.pid()}: no event told of it`);
  });
  return { requests: () => requests, ofNoOwner: () => ofNoOwner, violations: () => violations, stop };
}

function whatFor({
  path,
}: WatchedRequest): { readonly kinds: readonly string[]; readonly number: number | null } | null {
  const below = path.replace(/^\/repos\/[^/]+\/[^/]+\/|^\/graphql\//, '');
  for (const [pattern, kinds] of KINDS) {
    const found = pattern.exec(below);
    if (found !== null) return { kinds, number: found[1] === undefined ? null : Number(found[1]) };
  }
  return null;
}
