/** Who may ask the crew for what. Permissions come from the collaborator API, never from `author_association`. */
import type { Permission } from './github-ports.ts';

/** Least access to the repository that a command or a label needs. */
export type Access = 'read' | 'triage' | 'write';

const RANK: Readonly<Record<Permission, number>> = {
  none: 0,
  read: 1,
  triage: 2,
  write: 3,
  maintain: 4,
  admin: 5,
};

export function allows(permission: Permission, access: Access): boolean {
  return RANK[permission] >= RANK[access];
}
