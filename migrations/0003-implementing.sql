-- From an issue to a pull request that is ready to merge: questions, work that goes back, mail with an address, rounds on the
-- crew's own pull requests, gates, and what is spent in a month. See src/core/records.ts for what each word means.

alter table tasks
  drop constraint tasks_kind_check,
  add constraint tasks_kind_check check (kind in ('implement', 'review', 'ask', 'reply', 'fix', 'gate')),
  drop constraint tasks_subject_kind_check,
  add constraint tasks_subject_kind_check check (subject_kind in ('issue', 'pull_request', 'commit')),
  drop constraint tasks_subject_number_check,
  add constraint tasks_subject_number_check check (subject_number > 0 or (subject_kind = 'commit' and subject_number = 0)),
  drop constraint tasks_state_check,
  add constraint tasks_state_check check (
    state in (
      'queued', 'planning', 'awaiting_answer', 'awaiting_approval', 'working', 'verifying', 'publishing',
      'done', 'failed', 'stopped', 'over_budget'
    )
  );

alter table plans add column estimates json not null default '{}';

alter table subtasks
  add column setbacks json not null default '[]',
  drop constraint subtasks_kind_check,
  add constraint subtasks_kind_check check (
    kind in ('plan', 'amend', 'survey', 'work', 'audit', 'review', 'refute', 'answer', 'reply', 'verify', 'smoke')
  );

alter table messages
  add column recipient text,
  add column kind text not null default 'message' check (kind in ('message', 'decision'));

-- What the crew's own pull requests are found by.
create index effects_opened on effects (repository_id, ((outcome ->> 'number')::integer))
  where outcome is not null and action ->> 'kind' = 'open_pull_request';

-- Sums of what was charged, by calendar month in UTC. What is set aside for calls that run now is in `subtasks`.
create table spending (
  repository_id bigint not null references repositories (id),
  -- Its first day.
  month date not null,
  cost_usd numeric not null default 0 check (cost_usd >= 0),
  primary key (repository_id, month)
);
create index spending_of_month on spending (month);
