/**
 * Plays a conversation: which turn is due follows from the messages sent, never from memory, and every turn that went
 * before is checked against what really came back.
 */
import { createHash } from 'node:crypto';
import { type Briefing, readBriefing } from './briefing.ts';
import { chooseConversation } from './choose-conversation.ts';
import type { Conversation, Ending, Turn } from './conversation-format.ts';
import { FAULT_ID_PREFIX } from './faults.ts';
import { fillIn, type Scope, type Taken } from './fill-in.ts';
import { blocksOf, type MessagesRequest, type ToolUseBlock, textOfResult } from './messages-request.ts';
import { misfit } from './output-schema.ts';
import { ScriptFailure } from './script-failure.ts';
import { takeValues } from './take-values.ts';

export interface ToolCall {
  readonly id: string;
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
}

export interface Move {
  readonly conversation: string;
  /** 1 for the first turn; the final answer is one more than there are turns. */
  readonly turn: number;
  readonly thought: string;
  readonly calls: readonly ToolCall[];
  readonly text: string | null;
}

interface PlayedTurn {
  readonly calls: readonly ToolUseBlock[];
  readonly results: readonly string[];
  readonly failed: boolean;
}

export function play(conversations: readonly Conversation[], request: MessagesRequest): Move {
  const briefing = readBriefing(request);
  const conversation = chooseConversation(conversations, briefing);
  try {
    return nextMove(conversation, briefing, request);
  } catch (error) {
    if (!(error instanceof ScriptFailure)) throw error;
    throw new ScriptFailure(`conversation "${conversation.name}": ${error.message}`);
  }
}

/** 1 for a conversation that has not begun. */
export function turnDue(request: MessagesRequest): number {
  return playedTurns(request).length + 1;
}

function nextMove(conversation: Conversation, briefing: Briefing, request: MessagesRequest): Move {
  const played = playedTurns(request);
  const { turns } = conversation;
  if (played.length > turns.length) {
    throw new ScriptFailure(`${played.length} turns were sent, and it has ${turns.length}`);
  }
  const scope = new Map<string, Taken>([
    ...Object.entries(briefing.facts),
    ...Object.entries(briefing.lists),
  ]);
  for (const [name, taken] of takeValues(conversation.take, briefing, [])) scope.set(name, taken);
  for (const [at, past] of played.entries()) {
    refuseOtherTools(at, past, turns[at]);
    const next = turns[at + 1] ?? conversation.finally;
    checkResults(at + 1, past, next);
    for (const [name, taken] of takeValues(next?.take, briefing, past.results)) scope.set(name, taken);
  }
  if (played.length === 0) {
    const first = turns[0] ?? conversation.finally;
    for (const [name, taken] of takeValues(first?.take, briefing, [])) scope.set(name, taken);
  }
  const due = turns[played.length];
  const common = { conversation: conversation.name, turn: played.length + 1 };
  const thought = String(fillIn((due ?? conversation.finally)?.say ?? '', scope));
  if (due) return { ...common, thought, calls: toolCalls(due, scope, request), text: null };
  return { ...common, thought, calls: [], text: answerText(conversation, scope, request) };
}

/** The turns in the history, without those that a fault put there. */
function playedTurns({ messages }: MessagesRequest): PlayedTurn[] {
  return messages.flatMap((message, at) => {
    if (message.role !== 'assistant') return [];
    const calls = blocksOf(message.content).filter((block) => block.type === 'tool_use');
    if (calls.length === 0 || calls.every((block) => String(block.id).startsWith(FAULT_ID_PREFIX))) return [];
    const answers = blocksOf(messages[at + 1]?.content ?? []).filter((block) => block.type === 'tool_result');
    const inOrder = calls.flatMap((block) => answers.filter((answer) => answer.tool_use_id === block.id));
    return [
      {
        calls,
        results: inOrder.map(textOfResult),
        failed: inOrder.some((answer) => answer.is_error === true),
      },
    ];
  });
}

function refuseOtherTools(at: number, past: PlayedTurn, turn: Turn | undefined): void {
  const sent = past.calls.map((block) => block.name).join(', ');
  const written = (turn?.calls ?? []).map(({ tool }) => tool).join(', ');
  if (sent !== written) {
    throw new ScriptFailure(`turn ${at + 1} called ${written}, but the messages say that it called ${sent}`);
  }
}

function checkResults(turn: number, past: PlayedTurn, next: Turn | Ending | undefined): void {
  const all = past.results.join('\n');
  const excerpt = all.length > 400 ? `${all.slice(0, 200)} … ${all.slice(-200)}` : all;
  const expected = next?.after_error ?? false;
  if (past.failed && expected === false)
    throw new ScriptFailure(`turn ${turn} came back with an error: ${excerpt}`);
  if (!past.failed && expected === true)
    throw new ScriptFailure(`turn ${turn} was to come back with an error: ${excerpt}`);
  for (const pattern of next?.expect_no ?? []) {
    if (pattern.test(all)) throw new ScriptFailure(`turn ${turn} was not to bring ${pattern}: ${excerpt}`);
  }
  for (const pattern of next?.expect ?? []) {
    if (!pattern.test(all)) {
      throw new ScriptFailure(`turn ${turn} was to bring ${pattern} and brought: ${excerpt}`);
    }
  }
}

/** Ids are made of what was sent, so that asking the same again gives the same reply. */
function toolCalls(turn: Turn, scope: Scope, request: MessagesRequest): ToolCall[] {
  const seed = createHash('sha256').update(JSON.stringify(request.messages)).digest('hex');
  const known = new Set((request.tools ?? []).map((tool) => tool.name));
  return turn.calls.map(({ tool, input }, at) => {
    if (!known.has(tool))
      throw new ScriptFailure(`it wants to call "${tool}", which the request does not offer`);
    return {
      id: `toolu_01${seed.slice(0, 20)}${at}`,
      name: tool,
      input: { ...Object(fillIn(input, scope)) },
    };
  });
}

function answerText(conversation: Conversation, scope: Scope, request: MessagesRequest): string {
  const answer = fillIn(conversation.answer, scope);
  const format = request.output_config?.format;
  if (!format) {
    if (typeof answer === 'string') return answer;
    throw new ScriptFailure('its answer is structured, but the request has no output_config.format');
  }
  const wrong = misfit(format.schema, answer);
  if (wrong !== undefined)
    throw new ScriptFailure(`its answer does not fit the schema of the request: ${wrong}`);
  return JSON.stringify(answer);
}
