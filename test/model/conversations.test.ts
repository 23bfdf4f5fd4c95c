import { describe, expect, it } from 'vitest';
import { loadConversations } from '../../demo/model/load-conversations.ts';
import { conversationDir, DEMO_CONVERSATIONS, folderFor, modelForTest } from './conversation-dir.ts';
import { clientOf, refusal, requestFor, runAgent } from './run-agent.ts';

const answer = (text: string) => `answer: { answer: '${text}' }\n`;
const ask = {
  role: 'backend',
  job: 'answer',
  context: '<issue number="7"><title>A "b" & c</title><body>x</body></issue>',
} as const;

async function asked(
  files: Readonly<Record<string, string>>,
  request: Partial<Parameters<typeof runAgent<'answer'>>[0]> = {},
) {
  const model = await modelForTest({ conversationsDir: await conversationDir(files) });
  return runAgent({ ...ask, url: model.url, workdir: await folderFor('work'), ...request });
}

describe('choosing a conversation', () => {
  it('takes the one with the most conditions that hold, and a fallback only when nothing else does', async () => {
    const files = {
      usual: `about: usual\nwhen: { job: answer }\nfallback: true\n${answer('fallback')}`,
      role: `about: role\nwhen: { job: answer, role: [backend, qa] }\n${answer('by role')}`,
      word: `about: word\nwhen: { job: answer, role: backend, asked: 'pric(e|ing)' }\n${answer('by question')}`,
    };

    expect(await asked(files, { asked: 'what about pricing?' })).toEqual({ answer: 'by question' });
    expect(await asked(files, { asked: 'what else?' })).toEqual({ answer: 'by role' });
    expect(await asked(files, { role: 'devops' })).toEqual({ answer: 'fallback' });
  });

  it('says role, job and the closest script when none fits', async () => {
    const files = {
      prices: `about: prices\nwhen: { job: answer, role: backend, asked: price }\n${answer('x')}`,
    };

    expect(await refusal(asked(files, { asked: 'which shelf?' }))).toMatch(
      /no conversation for role "backend" on job "answer"; closest is "prices", which failed on asked \/price\/m/,
    );
  });

  it('refuses to guess between two that fit equally well', async () => {
    const same = `about: same\nwhen: { job: answer }\n${answer('x')}`;

    expect(await refusal(asked({ one: same, two: same }))).toMatch(/"one" and "two"/);
  });
});

describe('playing a conversation', () => {
  it('quotes what the crew sent', async () => {
    const files = {
      quote: `about: quotes\nwhen: { job: answer }\n${answer('{{ issue.number }}: {{ issue.title }} for {{ role.name }}')}`,
    };

    expect(await asked(files)).toEqual({ answer: '7: A "b" & c for backend' });
  });

  it('fails loudly when what it looks for was not sent, and leaves it out when it may', async () => {
    const strict = `about: strict\nwhen: { job: answer }\ntake: { word: { prompt: 'nowhere' } }\n${answer('{{ word }}')}`;
    const lenient = `about: lenient\nwhen: { job: answer }\ntake: { word: { prompt: 'nowhere', optional: true } }\nanswer: { answer: { $first: [{ $if: word, $value: found }, not there] } }\n`;

    expect(await refusal(asked({ strict }))).toMatch(
      /conversation "strict": "word" looks for \/nowhere\/m in the prompt, which is not there/,
    );
    expect(await asked({ lenient })).toEqual({ answer: 'not there' });
  });

  it('fails loudly when a tool brought something else than the script was written for', async () => {
    const turns = `turns: [{ calls: [{ tool: glob, input: { pattern: '*' } }] }]\nfinally: { expect: 'package\\.json' }\n`;
    const wary = `about: wary\nwhen: { job: answer }\n${turns}${answer('x')}`;

    expect(await refusal(asked({ wary }))).toMatch(
      /"wary": turn 1 was to bring \/package\\\.json\/m and brought: no matches/,
    );
  });

  it('fails loudly when a tool failed that was not meant to', async () => {
    const turns = `turns: [{ calls: [{ tool: read, input: { file_path: gone.txt } }] }]\n`;
    const reads = `about: reads\nwhen: { job: answer }\n${turns}${answer('x')}`;

    expect(await refusal(asked({ reads }))).toMatch(/"reads": turn 1 came back with an error/);
  });

  it('fails loudly when the messages tell of other calls than its own', async () => {
    const turns = `turns: [{ calls: [{ tool: glob, input: { pattern: '*' } }] }]\n`;
    const model = await modelForTest({
      conversationsDir: await conversationDir({
        globs: `about: globs\nwhen: { job: answer }\n${turns}${answer('x')}`,
      }),
    });
    const { messages, ...rest } = requestFor(ask);
    const history = [
      ...messages,
      {
        role: 'assistant' as const,
        content: [{ type: 'tool_use' as const, id: 't1', name: 'grep', input: {} }],
      },
      { role: 'user' as const, content: [{ type: 'tool_result' as const, tool_use_id: 't1', content: 'x' }] },
    ];
    const tools = ['glob', 'grep'].map((name) => ({ name, input_schema: { type: 'object' as const } }));

    expect(await refusal(clientOf(model.url).messages.create({ ...rest, tools, messages: history }))).toMatch(
      /turn 1 called glob, but the messages say that it called grep/,
    );
  });

  it('does not send an answer that the schema of the request has no room for', async () => {
    const files = { odd: 'about: odd\nwhen: { job: answer }\nanswer: { reply: "x" }\n' };

    expect(await refusal(asked(files))).toMatch(/"odd": its answer does not fit the schema of the request/);
  });

  it('does not call a tool that was not offered', async () => {
    const turns = `turns: [{ calls: [{ tool: teleport, input: {} }] }]\n`;
    const files = { far: `about: far\nwhen: { job: answer }\n${turns}${answer('x')}` };

    expect(await refusal(asked(files))).toMatch(/wants to call "teleport", which the request does not offer/);
  });
});

describe('reading conversations', () => {
  it('names file and line of every fault at once', async () => {
    const dir = await conversationDir({
      bad: 'about: bad\nwhen: { job: sing }\nanswer: x\n',
      worse: 'about: worse\nwhen: {}\ntake:\n  word:\n    prompt: "(unclosed"\nanswer: x\nencore: y\n',
      torn: 'about: [\n',
    });

    const fault = await loadConversations(dir).catch((error: Error) => error.message);

    expect(fault).toMatch(/bad\.yaml:2: when\.job/);
    expect(fault).toMatch(/worse\.yaml:\d: take\.word/);
    expect(fault).toMatch(/worse\.yaml:1: file: Unrecognized key: "encore"/);
    expect(fault).toMatch(/torn\.yaml:/);
  });

  it('reads those of the demo', async () => {
    const all = await loadConversations(DEMO_CONVERSATIONS);

    expect(all.map(({ name }) => name)).toContain('issue/strategist');
  });
});
