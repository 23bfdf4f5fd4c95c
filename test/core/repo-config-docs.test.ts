import { readFile } from 'node:fs/promises';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { configurationPage, crewSchemaText, readDocs } from '../../scripts/generate-docs.ts';
import { parseRepoConfig } from '../../src/core/repo-config.ts';

const crew = { roles: ['backend'], budgetUsd: 5 };

it('the published schema and the page of keys are what the code says (node scripts/generate-docs.ts)', async () => {
  const { schema, page } = await readDocs();

  expect(schema).toBe(crewSchemaText());
  expect(page).toBe(configurationPage(page));
});

it.each([
  'checks:\n  - npm test\n  - run: make\n    timeout_minutes: 3\nreview:\n  fail_on: never\n',
  'aproval: auto',
  'review:\n  severity: awful',
  'max_subtasks: 0',
  'budget:\n  per_task_usd: -1',
])('an editor with the published schema and the crew agree on %j', async (text) => {
  const validate = new Ajv2020({ strict: false }).compile(JSON.parse((await readDocs()).schema));

  expect(validate(parse(text))).toBe(parseRepoConfig(text, crew).problems.length === 0);
});

it('the example of the page has no problem', async () => {
  const page = await readFile(new URL('../../docs/configuration.md', import.meta.url), 'utf8');
  const example = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].at(-1)?.[1] ?? '';

  expect(example).toContain('checks:');
  expect(parseRepoConfig(example, crew).problems).toEqual([]);
});
