/** Rows of `memories` as the store's files share them: which are in force, how long, and the record they stand for. */
import type { Selectable } from 'kysely';
import type { Memory } from '../core/review/review-records.ts';
import type { MemoryTable } from './schema.ts';
import type { Database, Session } from './session.ts';

/** After it was learned, and after it was last put into a briefing. */
const MEMORY_LASTS_DAYS = 90;
const DAY_MS = 86_400_000;

export const memoryColumns = [
  'repository_id',
  'id',
  'kind',
  'text',
  'path',
  'evidence',
  'uses',
  'created_at',
  'used_at',
  'expires_at',
] as const satisfies readonly (keyof MemoryTable)[];

type MemoryRow = Pick<Selectable<MemoryTable>, (typeof memoryColumns)[number]>;

/** Those that are neither forgotten nor expired. */
export function remembered(db: Database, session: Session, repositoryId: number) {
  return db
    .selectFrom('memories')
    .where('repository_id', '=', String(repositoryId))
    .where('forgotten_at', 'is', null)
    .where('expires_at', '>', session.clock.now());
}

export function expiryAfter(now: Date): Date {
  return new Date(now.getTime() + MEMORY_LASTS_DAYS * DAY_MS);
}

export function memoryEvent(
  what: string,
  actor: string,
  of: { readonly repositoryId: number; readonly id: string },
  data: Readonly<Record<string, unknown>> = {},
) {
  const subject = `${of.repositoryId}/${of.id}`;
  return {
    actor,
    type: `memory.${what}`,
    taskId: null,
    subject,
    data: { repositoryId: of.repositoryId, ...data },
  };
}

export function memoryOf(row: MemoryRow): Memory {
  return {
    id: row.id,
    repositoryId: Number(row.repository_id),
    kind: row.kind,
    text: row.text,
    path: row.path,
    evidence: row.evidence,
    uses: row.uses,
    createdAt: row.created_at.toISOString(),
    usedAt: row.used_at?.toISOString() ?? null,
    expiresAt: row.expires_at.toISOString(),
  };
}
