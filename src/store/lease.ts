/**
 * Leases as their columns hold them. Times come from the process's clock: replicas are expected to agree to within a
 * few seconds, and where they do not, the token still lets only the newest holder write.
 */
import type { Lease } from '../core/records.ts';

export const NO_LEASE = { lease_owner: null, lease_until: null } as const;

export function leaseOf(row: {
  readonly token: string;
  readonly lease_owner: string | null;
  readonly lease_until: Date | null;
}): Lease | null {
  if (row.lease_owner === null || row.lease_until === null) return null;
  return { token: Number(row.token), owner: row.lease_owner, until: row.lease_until.toISOString() };
}

export function later(now: Date, ms: number): Date {
  return new Date(now.getTime() + ms);
}
