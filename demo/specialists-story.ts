/** The third story: six issues, each for one specialist alone by its label, and each on its whole way to a draft pull request. */
import type { Task } from '../src/core/records.ts';
import { bringToPullRequest, type Say } from './bring-to-pull-request.ts';
import { readSpecialistIssues, SPECIALISTS, type Specialist } from './sample.ts';
import type { Stage } from './stage.ts';

export interface SpecialistTask {
  readonly role: Specialist;
  readonly task: Task;
}

export async function tellSpecialistsStory(stage: Stage, say: Say): Promise<readonly SpecialistTask[]> {
  const issues = await readSpecialistIssues();
  return Promise.all(
    SPECIALISTS.map(async (role) => ({
      role,
      task: await bringToPullRequest(stage, { issue: issues[role], label: `crew:${role}` }, say),
    })),
  );
}
