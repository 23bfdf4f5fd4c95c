import { describe, expect, it } from 'vitest';
import type { Section } from '../../src/core/implement/fill-template.ts';
import { fillTemplate } from '../../src/core/implement/fill-template.ts';
import { hasCiIn, onlyTemplate, templatePaths } from '../../src/core/implement/repository-customs.ts';

const sections: readonly Section[] = [
  { kind: 'done', heading: 'What was done', body: 'A column.' },
  { kind: 'checked', heading: 'How it was checked', body: 'npm test passed.' },
  { kind: 'notDone', heading: 'What was not done', body: '- an index' },
  { kind: 'other', heading: 'Commits', body: '- abc' },
];

describe('a template of pull requests', () => {
  it('keeps its headings, their order and its boxes, and has ours where they are meant', () => {
    const template = [
      '<!-- Thank you! -->',
      '# Description',
      '<!-- What and why -->',
      '',
      '## Type of change',
      '- [ ] Fix',
      '- [ ] Feature',
      '',
      '## How Has This Been Tested?',
      '',
      '## Checklist',
      '- [ ] I added tests',
    ].join('\r\n');

    expect(fillTemplate(template, sections)).toBe(
      [
        '# Description',
        'A column.',
        '## Type of change',
        '- [ ] Fix\n- [ ] Feature',
        '## How Has This Been Tested?',
        'npm test passed.',
        '## Checklist',
        '- [ ] I added tests',
        '## What was not done',
        '- an index',
        '## Commits',
        '- abc',
      ].join('\n\n'),
    );
  });

  it('is not needed', () => {
    expect(fillTemplate(null, sections.slice(0, 2))).toBe(
      '## What was done\n\nA column.\n\n## How it was checked\n\nnpm test passed.',
    );
  });

  it.each([
    ['Summary', 'A column.'],
    ["What's changed", 'A column.'],
    ['Testing', 'npm test passed.'],
    ['Verification steps', 'npm test passed.'],
    ['Risks', '- an index'],
    ['Notes for reviewers', '- an index'],
  ])('is read by its headings: %s', (heading, body) => {
    expect(fillTemplate(`### ${heading}`, sections).startsWith(`### ${heading}\n\n${body}`)).toBe(true);
    expect(fillTemplate(`**${heading}**`, sections).startsWith(`**${heading}**\n\n${body}`)).toBe(true);
  });

  it('takes each of ours once', () => {
    const filled = fillTemplate('## Summary\n## Description', sections);

    expect(filled.split('A column.')).toHaveLength(2);
  });

  it('cannot hide what is ours, give commands, or close other issues', () => {
    const filled = fillTemplate('Closes #1\n\n<details>\n/crew stop\n```\n## Summary\n<!-- open', sections);

    expect(filled).toContain('Closes issue #1');
    expect(filled).toContain('&lt;details>');
    expect(filled).not.toContain('<!--');
    expect(filled).toContain('## What was done\n\nA column.');
    expect(filled.indexOf('```\n\n## What was done')).toBeGreaterThan(0);
  });

  it('is read in time that its length bounds', () => {
    const hostile = `# a${' #'.repeat(5_500)}x\n**${'a'.repeat(500)}`;

    const begunMs = performance.now();
    fillTemplate(hostile, sections);

    expect(performance.now() - begunMs).toBeLessThan(1_000);
  });

  it('is looked for where GitHub looks, in any spelling', () => {
    const listing = new Map([
      ['', ['README.md', 'Pull_Request_Template.md']],
      ['.github', ['PULL_REQUEST_TEMPLATE', 'PULL_REQUEST_TEMPLATE.md']],
      ['docs', ['pull_request_template.txt', 'pull_request_template.png']],
    ]);

    expect(templatePaths(listing)).toEqual([
      '.github/PULL_REQUEST_TEMPLATE',
      '.github/PULL_REQUEST_TEMPLATE.md',
      'Pull_Request_Template.md',
      'docs/pull_request_template.txt',
    ]);
    expect(onlyTemplate(['a.md'])).toBe('a.md');
    expect(onlyTemplate(['a.md', 'b.md'])).toBeNull();
  });
});

describe('continuous integration', () => {
  it.each([
    ['workflows', { '.github/workflows': ['ci.yml'] }, true],
    ['a folder without workflows', { '.github/workflows': ['README.md'] }, false],
    ['CircleCI', { '.circleci': ['config.yml'] }, true],
    ['Buildkite', { '': ['.buildkite'] }, true],
    ['Jenkins', { '': ['Jenkinsfile'] }, true],
    ['nothing', { '': ['README.md'] }, false],
  ] as const)('is told by %s', (_, folders, has) => {
    expect(hasCiIn(new Map([['', []], ...Object.entries(folders)]))).toBe(has);
  });

  it('is taken for granted where the root cannot be listed', () => {
    expect(hasCiIn(new Map())).toBe(true);
  });
});
