/** All that went out of a crew, or was kept by it, as text to search: to the model, to GitHub, into its tables and its logs. */
import { execFileSync } from 'node:child_process';
import type { Pool } from 'pg';
import type { RunningModel } from '../../../demo/model/start-model.ts';
import type { CrewParts } from '../../support/crew-parts.ts';

export interface AllThatLeft {
  readonly model: string;
  /** What stands in the repository, and every object that git has of it. */
  readonly github: string;
  readonly database: string;
  readonly logs: string;
}

/** `gitDir`: the repository's at GitHub. */
export async function allThatLeft(
  { github, output }: Pick<CrewParts, 'github' | 'output'>,
  model: RunningModel,
  pool: Pool,
  { repository, gitDir }: { readonly repository: string; readonly gitDir: string },
): Promise<AllThatLeft> {
  const args = ['--git-dir', gitDir, 'cat-file', '--batch-all-objects', '--batch'];
  const objects = execFileSync('git', args, { maxBuffer: 200_000_000 }).toString('latin1');
  return {
    model: model
      .requests()
      .map(({ body }) => JSON.stringify(body))
      .join('\n'),
    github: `${JSON.stringify(await github.snapshot(repository))}\n${objects}`,
    database: await everyRow(pool),
    logs: output(),
  };
}

async function everyRow(pool: Pool): Promise<string> {
  const { rows } = await pool.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema')`,
  );
  const texts: string[] = [];
  for (const { name } of rows) {
    const all = await pool.query<{ text: string }>(`select t::text as text from ${name} t`);
    texts.push(...all.rows.map(({ text }) => text));
  }
  return texts.join('\n');
}

/** Every text that the crew has put before people there. */
export async function said(
  { github }: Pick<CrewParts, 'github'>,
  repository: string,
): Promise<readonly string[]> {
  const { comments, pulls, reviews, reviewComments, checkRuns } = await github.snapshot(repository);
  const bodies = [...comments, ...pulls, ...reviews, ...reviewComments].map(({ body }) => body ?? '');
  return [...bodies, ...checkRuns.map((run) => JSON.stringify(run))];
}
