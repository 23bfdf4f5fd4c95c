/** A check run on a commit: made once, then updated to each newer revision. */

import type { Annotation, EffectOutcome } from '../../../core/effect-records.ts';
import { CHECK_SUMMARY_MAX_CHARS, TITLE_MAX_CHARS } from '../../../core/outgoing-text.ts';
import { checkRunAnswer, checkRunsAnswer, createdAnswer, parseAnswer } from '../../github/answers.ts';
import { isRefusal } from '../../github/refusal.ts';
import type { EffectContext, EffectDefinition, EffectOf } from '../effect-definition.ts';

/** GitHub's limit of one request; further ones are added by updates. */
const ANNOTATIONS_PER_REQUEST = 50;
const ANNOTATIONS_MAX = 500;
const MESSAGE_MAX_CHARS = 16_000;
const RUNS_MAX = 100;

type CheckRun = EffectOf<'check_run'>;

export const effect: EffectDefinition<'check_run'> = {
  kind: 'check_run',
  permissions: { checks: 'write' },
  async look(context, effect) {
    const { action } = effect;
    const query = {
      ...context.at,
      ref: action.headSha,
      check_name: action.name,
      app_id: context.bot.appId,
      filter: 'all' as const,
    };
    const { data } = await context.github.rest.checks.listForRef({ ...query, per_page: RUNS_MAX });
    const run = parseAnswer(checkRunsAnswer, data, 'a list of check runs').check_runs.find(
      (candidate) => candidate.external_id === effect.id && candidate.head_sha === action.headSha,
    );
    if (run === undefined) return null;
    const wanted = await outputOf(context, action);
    const current =
      run.status === action.status &&
      (run.conclusion ?? null) === action.conclusion &&
      run.output.title === wanted.title &&
      run.output.summary === wanted.summary &&
      run.output.annotations_count >= annotationsOf(action).length;
    return { outcome: { url: run.html_url ?? null, externalId: run.id }, current };
  },
  async perform(context, effect) {
    const id = effect.outcome?.externalId;
    if (typeof id === 'number') {
      const updated = await update(context, effect, id);
      if (updated !== null) return updated;
    }
    return create(context, effect);
  },
};

async function create(context: EffectContext, effect: CheckRun): Promise<EffectOutcome> {
  const { action } = effect;
  const output = await outputOf(context, action);
  const [first = [], ...rest] = await batches(context, annotationsOf(action));
  const { data } = await context.github.rest.checks.create({
    ...context.at,
    name: action.name,
    head_sha: action.headSha,
    external_id: effect.id,
    ...statusOf(action),
    output: { ...output, annotations: first },
  });
  const { id, html_url } = parseAnswer(createdAnswer, data, 'a check run');
  for (const annotations of rest) await annotate(context, id, { ...output, annotations });
  return { url: html_url ?? null, externalId: id };
}

/** Null when GitHub no longer has it. GitHub adds annotations to those that stand, so only the ones it lacks are sent. */
async function update(context: EffectContext, effect: CheckRun, id: number): Promise<EffectOutcome | null> {
  const { action } = effect;
  const output = await outputOf(context, action);
  try {
    const wanted = annotationsOf(action);
    const standing = wanted.length === 0 ? 0 : await countAnnotations(context, id);
    const [first = [], ...rest] = await batches(context, wanted.slice(standing));
    const { data } = await context.github.rest.checks.update({
      ...context.at,
      check_run_id: id,
      ...statusOf(action),
      output: { ...output, annotations: first },
    });
    for (const annotations of rest) await annotate(context, id, { ...output, annotations });
    return { url: parseAnswer(createdAnswer, data, 'a check run').html_url ?? null, externalId: id };
  } catch (error) {
    if (isRefusal(error, 404)) return null;
    throw error;
  }
}

async function countAnnotations({ github, at }: EffectContext, id: number): Promise<number> {
  const { data } = await github.rest.checks.get({ ...at, check_run_id: id });
  return parseAnswer(checkRunAnswer, data, 'a check run').output.annotations_count;
}

async function annotate({ github, at }: EffectContext, id: number, output: Output): Promise<void> {
  await github.rest.checks.update({ ...at, check_run_id: id, output });
}

/** A conclusion completes a run by itself, and null is none. */
function statusOf({ status, conclusion }: CheckRun['action']) {
  return conclusion === null ? { status } : { status: 'completed' as const, conclusion };
}

async function outputOf({ texts }: EffectContext, action: CheckRun['action']) {
  const left = action.annotations.length - ANNOTATIONS_MAX;
  const cut =
    left > 0 ? `*${left} further annotations are not shown: at most ${ANNOTATIONS_MAX} are.*\n\n` : '';
  return {
    title: await texts.plain(action.title, TITLE_MAX_CHARS),
    summary: await texts.markdown(cut + action.summary, CHECK_SUMMARY_MAX_CHARS),
  };
}

type Output = { title: string; summary: string; annotations: GitHubAnnotation[] };
type GitHubAnnotation = {
  path: string;
  start_line: number;
  end_line: number;
  annotation_level: Annotation['level'];
  title: string;
  message: string;
};

function annotationsOf(action: CheckRun['action']): readonly Annotation[] {
  return action.annotations.slice(0, ANNOTATIONS_MAX);
}

async function batches(
  { texts }: EffectContext,
  annotations: readonly Annotation[],
): Promise<GitHubAnnotation[][]> {
  const sent = await Promise.all(
    annotations.map(async ({ path, startLine, endLine, level, title, message }) => ({
      path,
      start_line: startLine,
      end_line: endLine,
      annotation_level: level,
      title: await texts.plain(title, TITLE_MAX_CHARS),
      message: await texts.plain(message, MESSAGE_MAX_CHARS),
    })),
  );
  const count = Math.ceil(sent.length / ANNOTATIONS_PER_REQUEST);
  return Array.from({ length: count }, (_, index) =>
    sent.slice(index * ANNOTATIONS_PER_REQUEST, (index + 1) * ANNOTATIONS_PER_REQUEST),
  );
}
