/** The first story: a labelled issue becomes a plan for several specialists, the approved plan a draft pull request. */
import type { Task } from '../src/core/records.ts';
import { bringToPullRequest, type Say } from './bring-to-pull-request.ts';
import { readSampleTexts } from './sample.ts';
import type { Stage } from './stage.ts';

export async function tellIssueStory(stage: Stage, say: Say): Promise<Task> {
  const { issue } = await readSampleTexts();
  return bringToPullRequest(stage, { issue, label: 'crew' }, say);
}
