/** The crew's own files: its roles and its hive mind, as shipped, with what the operator has added. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { loadHiveMind } from '../agents/hive-mind.ts';
import { loadRoles, shippedRolesDir } from '../agents/roles.ts';
import type { HiveMind, Role } from '../core/roles.ts';
import { PACKAGE_ROOT } from './package-root.ts';

export interface CrewFiles {
  readonly roles: ReadonlyMap<string, Role>;
  readonly hiveMind: HiveMind;
}

/** A role in `hive-mind/roles/`, if there is such a folder, adds to the shipped ones or replaces the one of its name. */
export async function loadCrewFiles(): Promise<CrewFiles> {
  const hiveMindDir = join(PACKAGE_ROOT, 'hive-mind');
  const ownRolesDir = join(hiveMindDir, 'roles');
  const dirs = existsSync(ownRolesDir) ? [shippedRolesDir, ownRolesDir] : [shippedRolesDir];
  return { roles: await loadRoles(dirs), hiveMind: await loadHiveMind(hiveMindDir) };
}
