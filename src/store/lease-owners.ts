/** Who holds a lease that keeps others out. */
import type { Database } from './session.ts';

export async function leaseOwners(db: Database, now: Date): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('deliveries')
    .select('lease_owner')
    .where('lease_owner', 'is not', null)
    .union(db.selectFrom('subtasks').select('lease_owner').where('lease_owner', 'is not', null))
    .union(
      db
        .selectFrom('effects')
        .select('lease_owner')
        .where('lease_owner', 'is not', null)
        .where('lease_until', '>', now),
    )
    .execute();
  return rows.flatMap((row) => (row.lease_owner === null ? [] : [row.lease_owner]));
}
