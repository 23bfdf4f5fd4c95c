/** What a person at the terminal decides about a plan or a question of the Strategist's. */
import type { PlanAnswer } from '../core/answers.ts';
import type { Plan } from '../core/records.ts';
import type { Decision, Waiting } from '../wire.ts';
import type { Person } from './person.ts';
import { line } from './plain-text.ts';

export interface Deciding {
  /** Null: nobody can be asked. */
  readonly person: Person | null;
  readonly planOnly: boolean;
  /** Shows a plan that is to be decided on. */
  readonly show: (plan: Plan) => void;
  readonly showQuestions: (answer: PlanAnswer) => void;
}

/** `why`: nothing will come of the task, and this is why. */
export type Decided = Decision & { readonly why?: string };

const ASKED_MAX = 5;
const QUESTIONS_MAX = 10;
const NOBODY = 'the person at the terminal has gone away';

export async function decidePlan(deciding: Deciding, waiting: Waiting): Promise<Decided> {
  return waiting.kind === 'question'
    ? answerQuestions(deciding, waiting.answer)
    : approveOrRevise(deciding, waiting.plan);
}

async function answerQuestions({ person, showQuestions }: Deciding, answer: PlanAnswer): Promise<Decided> {
  showQuestions(answer);
  if (person === null) {
    return leave('The Strategist asks, and nobody can answer here. Put the answer into the task.');
  }
  const said: string[] = [];
  const questions = answer.questions.length === 0 ? [answer.summary] : answer.questions;
  for (const question of questions.slice(0, QUESTIONS_MAX)) {
    const text = await person.ask(`${line(question)}\n> `);
    if (text === null) return leave(`No answer: ${NOBODY}.`);
    said.push(
      `${question}\n${text === '' ? '(no answer: take the choice that is easiest to change)' : text}`,
    );
  }
  return { kind: 'revise', note: said.join('\n\n') };
}

async function approveOrRevise({ person, planOnly, show }: Deciding, plan: Plan): Promise<Decided> {
  show(plan);
  if (planOnly) return { kind: 'leave' };
  if (person === null) return leave('The plan needs the approval of a person, and nobody can be asked here.');
  for (let asked = 0; asked < ASKED_MAX; asked += 1) {
    const text = await person.ask('Approve this plan? y: yes, n: no, e or a sentence: change it > ');
    if (text === null) return leave(`The plan was not approved: ${NOBODY}.`);
    const word = text.toLowerCase();
    if (word === 'y' || word === 'yes') return { kind: 'approve' };
    if (word === 'n' || word === 'no') return leave('The plan was not approved.');
    const note = word === 'e' ? await person.ask('What should change? > ') : text;
    if (note !== null && note !== '') return { kind: 'revise', note };
  }
  return leave('The plan was not approved: no answer.');
}

function leave(why: string): Decided {
  return { kind: 'leave', why };
}
