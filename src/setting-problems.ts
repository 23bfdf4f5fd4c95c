/** What can be wrong with a setting, and how each is given. Values are never repeated: they may be secrets. */
import type { SettingName } from './settings.ts';

export interface SettingProblem {
  readonly setting: SettingName;
  /** What is wrong with it, as the rest of a sentence that begins with its name; never its value. */
  readonly problem: string;
  /** How to give it. */
  readonly remedy: string;
}

export function problemWith(setting: SettingName, problem: string): SettingProblem {
  return { setting, problem, remedy: SETTING_REMEDIES[setting] };
}

const SETTING_REMEDIES: Readonly<Record<SettingName, string>> = {
  DATABASE_URL:
    'an address like postgres://user:password@host:5432/name (special characters of the password as %XX), or nothing for the embedded one',
  REDIS_URL:
    'an address like redis://:password@host:6379 (special characters of the password as %XX), or nothing without Redis',
  GITHUB_API_URL:
    'an address like https://api.github.com, or https://HOST/api/v3 of a GitHub Enterprise Server',
  GITHUB_URL: 'an address like https://github.com',
  CREW_GITHUB_CONTENT_PER_MINUTE: 'a whole number from 1, such as 80',
  CREW_GITHUB_CONTENT_PER_HOUR: 'a whole number from 1, such as 500',
  APP_ID: 'the number on the settings page of the App, such as 123456',
  PRIVATE_KEY:
    'the PEM file from the settings page of the App: its text, with \\n for line ends, or in base64',
  PRIVATE_KEY_PATH: 'the path of the PEM file from the settings page of the App, readable by this user',
  WEBHOOK_SECRET:
    'the secret on the settings page of the App, which can hold no comma: commas separate several while one is rotated',
  ANTHROPIC_API_KEY: 'a key of the Anthropic Console, such as sk-ant-…',
  ANTHROPIC_BASE_URL: 'an address like https://gateway.example.com, or nothing for the model’s own',
  CREW_MODEL_TIER1: 'the id of a model, such as claude-opus-5-5',
  CREW_MODEL_TIER2: 'the id of a model, such as claude-sonnet-5-5',
  CREW_PRICES:
    'JSON in USD per million tokens, like {"my-model": {"input": 2, "output": 10, "cacheRead": 0.2, "cacheWrite": 2.5}}',
  HOST: 'an address of this machine, such as 127.0.0.1, or 0.0.0.0 for all',
  PORT: 'a number from 0 to 65535, such as 3000',
  PUBLIC_URL: 'the address at which GitHub and people reach the crew, like https://crew.example.com',
  CREW_ROLES: 'names of roles separated by commas, or all',
  CREW_CONCURRENCY: 'a whole number from 1, such as 2',
  CREW_STATE_DIR: 'a folder that this user may write, such as .crew',
  CREW_SANDBOX: 'on or off',
  CREW_NETWORK_ALLOW:
    'names of hosts separated by commas, such as packages.example.com,*.example.org; never addresses or names of the own network',
  CREW_LEASE_SECONDS: 'a number from 1, such as 30',
  CREW_LOSSES: 'a whole number from 1, such as 5',
  CREW_SWEEP_SECONDS: 'a number from 1, such as 15',
  CREW_RECOVERY_SECONDS: 'a number from 0.1, such as 300',
  CREW_LOOK_AGAIN_SECONDS: 'a number from 0, such as 5',
  CREW_QUIET_SECONDS: 'a number from 0, such as 30',
  CREW_BUDGET_USD: 'a number from 0.01, such as 10',
  CREW_BUDGET_REPOSITORY_MONTH_USD: 'a number from 0.01, such as 100, or nothing for no limit',
  CREW_BUDGET_MONTH_USD: 'a number from 0.01, such as 500, or nothing for no limit',
  LOG_LEVEL: 'debug, info, warn or error',
  LOG_FORMAT: 'pretty, json or auto',
  PATH: 'the folders of programs, separated by colons',
};
