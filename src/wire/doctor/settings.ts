/** Looks at the settings by the checks that the crew starts with, so that none is called good and refused later. */
import { checkPrices } from '../../agents/run-agent.ts';
import { checkedSecrets } from '../../app/ingest/ingest.ts';
import type { Config, SettingsRead } from '../../config.ts';
import { ConfigError } from '../../core/errors.ts';
import { loadCrewFiles } from '../crew-files.ts';
import { rolesHere } from '../specialists.ts';
import type { Finding } from './finding.ts';
import { good, warning, wrong } from './finding.ts';

export async function examineSettings({
  config,
  problems,
  webhookSecrets,
  unknown,
}: SettingsRead): Promise<readonly Finding[]> {
  const faults = [
    ...problems.map(({ setting, problem, remedy }) =>
      wrong('settings', `${setting} ${problem}`, `Set ${setting} to ${remedy}.`),
    ),
    ...secretsFinding(webhookSecrets),
    ...(await rolesFinding(config)),
    ...pricesFinding(config),
  ];
  const strange = unknown.map(({ name, meant }) =>
    warning(
      'settings',
      `there is no setting ${name}`,
      meant === null ? 'Take it out; .env.example shows all that there are.' : `Did you mean ${meant}?`,
    ),
  );
  return [
    ...(faults.length === 0 ? [good('settings', 'all readable')] : faults),
    ...strange,
    ...budgetsFinding(config),
  ];
}

function secretsFinding(secrets: readonly string[]): readonly Finding[] {
  if (secrets.length === 0) return [];
  return refusal(
    () => checkedSecrets(secrets),
    'Write the same new secret in the settings of the App and in WEBHOOK_SECRET.',
  );
}

async function rolesFinding({ roles }: Config): Promise<readonly Finding[]> {
  const known = [...(await loadCrewFiles()).roles.keys()];
  return refusal(
    () => rolesHere(roles, known),
    'Set CREW_ROLES to names of roles separated by commas, or to all.',
  );
}

function pricesFinding(config: Config): readonly Finding[] {
  return refusal(() => checkPrices(config), 'Check CREW_MODEL_TIER1 and CREW_MODEL_TIER2, too.');
}

/** Not wrong, but nothing that anybody wants: the lower limit ends what the higher one allows. */
function budgetsFinding({ budgetUsd, monthBudgets }: Config): readonly Finding[] {
  const { repositoryUsd, allUsd } = monthBudgets;
  const pairs = [
    ['CREW_BUDGET_USD', budgetUsd, 'CREW_BUDGET_REPOSITORY_MONTH_USD', repositoryUsd],
    ['CREW_BUDGET_USD', budgetUsd, 'CREW_BUDGET_MONTH_USD', allUsd],
    ['CREW_BUDGET_REPOSITORY_MONTH_USD', repositoryUsd, 'CREW_BUDGET_MONTH_USD', allUsd],
  ] as const;
  return pairs.flatMap(([part, partUsd, whole, wholeUsd]) =>
    partUsd === null || wholeUsd === null || partUsd <= wholeUsd
      ? []
      : [warning('settings', `${part} is more than ${whole}`, `Raise ${whole}, or lower ${part}.`)],
  );
}

function refusal(check: () => void, remedy: string): readonly Finding[] {
  try {
    check();
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return [wrong('settings', error.message, remedy)];
    throw error;
  }
}
