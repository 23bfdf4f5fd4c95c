/** Why a branch is left as it stands, as errors for people. The same whether git or the API met it. */
import { UserError } from '../errors.ts';

export function branchStandsElsewhere(branch: string): UserError {
  return new UserError(
    `The branch \`${branch}\` stands at another commit already. Delete it, or ask for a retry.`,
  );
}

export function branchMoved(branch: string): UserError {
  return new UserError(
    `Somebody pushed to the branch \`${branch}\` in the meantime, so it was left as it stands. Ask again to go on from there.`,
  );
}

export function branchGone(branch: string): UserError {
  return new UserError(`The branch \`${branch}\` was deleted in the meantime: nothing was pushed.`);
}

/** What was built is not what was checked. */
export function treeDiffers(treeSha: string, expectedTree: string): UserError {
  return new UserError(
    `The commits came out with the tree ${treeSha} and not ${expectedTree}: nothing was pushed.`,
  );
}

/** `left` of a branch that could not be made through the API. */
export function pushedUnverified(reason: string): string {
  return `pushed with git, and so not Verified: ${reason}`;
}

/** Of a worker or of the publisher: what is missing is the operator's to give. */
export const DISK_FULL =
  'The disk of the workspaces is full. Whoever runs the crew makes room below `CREW_STATE_DIR`, or gives it a larger disk.';
