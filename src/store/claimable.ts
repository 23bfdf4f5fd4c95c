/** Which effects a publisher may take now: asked by the claim of one and by the look for those that are due. */
import { type ExpressionBuilder, sql } from 'kysely';
import type { Schema } from './schema.ts';

/** Planned, due and with its `after` done once; or sending under a lease that has run out. */
export function claimable(where: ExpressionBuilder<Schema, 'effects'>, now: Date) {
  return where.or([
    where.and([
      where('effects.state', '=', 'planned'),
      where('effects.due_at', '<=', now),
      sql<boolean>`(effects.after_key is null or exists (
        select from effects as earlier where earlier.key = effects.after_key and earlier.outcome is not null
      ))`,
    ]),
    where.and([where('effects.state', '=', 'sending'), where('effects.lease_until', '<=', now)]),
  ]);
}
