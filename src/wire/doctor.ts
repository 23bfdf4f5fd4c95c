/** Looks at everything that the crew needs, one by one, and says what is wrong and how to mend it. Changes nothing. */
import { probeSandbox } from '../agents/sandbox/probe-sandbox.ts';
import { checkGitVersion } from '../agents/workspace/git-version.ts';
import type { Config, SettingsRead } from '../config.ts';
import { errorMessage } from '../core/errors.ts';
import type { Log } from '../core/ports.ts';
import type { SettingName } from '../settings.ts';
import { examineDatabase, examineStateDir } from './doctor/database.ts';
import type { Finding } from './doctor/finding.ts';
import { good, warning, wrong } from './doctor/finding.ts';
import { examineGitHub } from './doctor/github.ts';
import { examineModel } from './doctor/model.ts';
import { examinePort } from './doctor/port.ts';
import { examineQueue } from './doctor/queue.ts';
import { examineSettings } from './doctor/settings.ts';

interface Look {
  readonly subject: string;
  /** When one of these is wrong, there is nothing to look at. */
  readonly needs: readonly SettingName[];
  readonly look: (config: Config, log: Log) => Promise<readonly Finding[]>;
}

const LOOKS: readonly Look[] = [
  { subject: 'state directory', needs: ['CREW_STATE_DIR'], look: examineStateDir },
  { subject: 'port', needs: ['HOST', 'PORT'], look: examinePort },
  { subject: 'database', needs: ['DATABASE_URL', 'CREW_STATE_DIR'], look: examineDatabase },
  { subject: 'queue', needs: ['REDIS_URL'], look: examineQueue },
  { subject: 'sandbox', needs: ['CREW_SANDBOX'], look: examineSandbox },
  { subject: 'git', needs: ['PATH'], look: examineGit },
  {
    subject: 'model',
    needs: ['ANTHROPIC_API_KEY', 'ANTHROPIC_BASE_URL', 'CREW_MODEL_TIER1', 'CREW_MODEL_TIER2'],
    look: examineModel,
  },
  {
    subject: 'GitHub',
    needs: ['GITHUB_API_URL', 'GITHUB_URL', 'APP_ID', 'PRIVATE_KEY', 'PRIVATE_KEY_PATH', 'WEBHOOK_SECRET'],
    look: examineGitHub,
  },
];

export async function examine(settings: SettingsRead, log: Log): Promise<readonly Finding[]> {
  const refused = new Set(settings.problems.map(({ setting }) => setting));
  const findings = await Promise.all([
    seen('settings', () => examineSettings(settings)),
    ...LOOKS.filter(({ needs }) => !needs.some((name) => refused.has(name))).map(({ subject, look }) =>
      seen(subject, () => look(settings.config, log)),
    ),
  ]);
  const skipped = LOOKS.filter(({ needs }) => needs.some((name) => refused.has(name))).map(({ subject }) =>
    warning(subject, 'not looked at', 'Mend the settings first.'),
  );
  return [...findings.flat(), ...skipped];
}

async function seen(subject: string, look: () => Promise<readonly Finding[]>): Promise<readonly Finding[]> {
  try {
    return await look();
  } catch (error) {
    return [wrong(subject, errorMessage(error), 'See the message.')];
  }
}

async function examineSandbox(config: Config): Promise<readonly Finding[]> {
  if (config.sandbox === 'off') {
    return [
      warning(
        'sandbox',
        'off by CREW_SANDBOX',
        'Commands of agents run with the rights of this process; set it to on.',
      ),
    ];
  }
  const { works, problem, remedy } = await probeSandbox();
  return [
    works ? good('sandbox', 'a command ran in bubblewrap') : wrong('sandbox', problem ?? '', remedy ?? ''),
  ];
}

async function examineGit(config: Config): Promise<readonly Finding[]> {
  return [good('git', await checkGitVersion(config.path))];
}
