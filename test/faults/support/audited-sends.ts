/** Holds every request that changes something on GitHub against the ledger and its trail, before it is done. */
import type { Pool } from 'pg';
import type { CrewParts } from '../../support/crew-parts.ts';
import { isSending } from './kill-at-sends.ts';
import { type LedgerEffect, whoseRequest } from './whose-request.ts';

export interface AuditedSends {
  requests(): number;
  /** Of those, how many came while their process did not work yet: they may be of the life before, and are held against the trail alone. */
  ofNoOwner(): number;
  /** A sentence for each request that no event told of, or that was not its sender's to make. */
  violations(): readonly string[];
  stop(): void;
}

/** Its planning and this very sending are told by the trail, and the process that asks holds the lease; what a dead one had sent is told. */
const TOLD = `
  select e.id, e.key, e.action, e.outcome, e.in_doubt as "inDoubt",
         r.id::int as "repositoryId", r.owner || '/' || r.name as repository
  from effects e join repositories r on r.id = e.repository_id
  where e.action ->> 'kind' = any($1)
    and ($2::text is null
         or (e.state = 'sending' and split_part(e.lease_owner, '/', 2) = $2 and e.lease_until > now()))
    and exists (select from events v where v.subject = e.id and v.type = 'effect.planned')
    and exists (select from events v where v.subject = e.id and v.type = 'effect.sending'
                and ($2::text is null or v.data ->> 'attempt' = e.attempts::text))`;

/** Of the same kinds, what is under way or was until just now: of what a request may have been. */
const STANDS = `
  select string_agg(e.key || ' is ' || e.state || ' at attempt ' || e.attempts || ', its lease ends in '
                    || coalesce(extract(epoch from e.lease_until - now())::int::text || ' s', 'no time')
                    || coalesce(', ' || e.error, ''), '; ') as stands
  from effects e where e.action ->> 'kind' = any($1) and e.state <> 'done'`;

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
    const asked = whoseRequest(request);
    const { rows } = await pool.query<LedgerEffect>(TOLD, [asked?.kinds ?? [], owner]);
    if (rows.some((effect) => asked?.fits(effect))) return;
    const { rows: others } = await pool.query<{ stands: string | null }>(STANDS, [asked?.kinds ?? []]);
    const what = `${request.method} ${request.path} of ${part.pid()}`;
    violations.push(`${what}: no event told of it, and ${others[0]?.stands ?? 'nothing is under way'}`);
  });
  return { requests: () => requests, ofNoOwner: () => ofNoOwner, violations: () => violations, stop };
}
