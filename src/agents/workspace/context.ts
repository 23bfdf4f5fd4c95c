/** What every part of the workspaces is given. */

import type { CloneAccess } from '../../core/github-ports.ts';
import type { Clock, Log } from '../../core/ports.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import type { GitMachine } from './git.ts';
import type { WorkspaceLimits } from './limits.ts';

export interface WorkspacesContext {
  /** Real path of the folder with mirrors and checkouts. */
  readonly root: string;
  readonly machine: GitMachine;
  readonly sandbox: Sandbox;
  readonly cloneAccess: CloneAccess;
  readonly clock: Clock;
  readonly log: Log;
  readonly limits: WorkspaceLimits;
}
