/** Asks the model's API, by the key, for the models that are chosen. */
import Anthropic from '@anthropic-ai/sdk';
import type { Config } from '../../config.ts';
import { errorMessage } from '../../core/errors.ts';
import type { Finding } from './finding.ts';
import { good, wrong } from './finding.ts';

export async function examineModel({ anthropic, models }: Config): Promise<readonly Finding[]> {
  if (anthropic.apiKey === null) return [wrong('model', 'no key', 'Set ANTHROPIC_API_KEY.')];
  const client = new Anthropic({
    apiKey: anthropic.apiKey,
    baseURL: anthropic.baseUrl,
    maxRetries: 1,
    timeout: 10_000,
  });
  const wanted = [models.tier1, models.tier2];
  const findings = await Promise.all(
    wanted.map(async (model) => {
      try {
        const { display_name } = await client.models.retrieve(model);
        return good('model', `${model} (${display_name}) answers to the key`);
      } catch (error) {
        const remedy =
          error instanceof Anthropic.AuthenticationError
            ? 'The key is not accepted: make a new one and set ANTHROPIC_API_KEY.'
            : 'Check ANTHROPIC_BASE_URL, CREW_MODEL_TIER1 and CREW_MODEL_TIER2, and the network.';
        return wrong('model', `${model}: ${errorMessage(error)}`, remedy);
      }
    }),
  );
  return findings;
}
