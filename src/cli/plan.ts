/** `crew plan`: what the crew would do about a task, and no more. */
import { type RunOptions, runTask } from './run.ts';

export async function planTask(options: Omit<RunOptions, 'branch' | 'planOnly' | 'auto'>): Promise<void> {
  await runTask({ ...options, branch: null, planOnly: true, auto: false }, 'plan');
}
