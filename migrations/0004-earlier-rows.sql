-- What tasks of before 0003 lack of that which is read of them now, as it was for them then. Their checks, where the task has not
-- ended, are run again: nobody noted the tree that they saw.

update tasks set request = (
  request::jsonb
  || jsonb_build_object(
    'config',
    jsonb_build_object(
      'protectedPaths', jsonb_build_array(
        '.github/workflows/**', '.github/actions/**', '{,.github/,docs/}CODEOWNERS', '.github/crew.yml', '.github/crew/**', '**/.crew.yml'
      ),
      'commits', 'api',
      'monthUsd', null
    ) || (request::jsonb -> 'config')
  )
  || case
    when kind = 'implement' and not (request::jsonb ? 'branch') then jsonb_build_object(
      'branch',
      'crew/' || subject_number || '-' || coalesce(
        nullif(
          rtrim(left(btrim(regexp_replace(lower(request::jsonb -> 'issue' ->> 'title'), '[^a-z0-9]+', '-', 'g'), '-'), 40), '-'),
          ''
        ),
        'task'
      ) || '-' || left(id, 8)
    )
    else '{}'::jsonb
  end
)::json
where request::jsonb -> 'config' is not null;

update plans set answer = (jsonb_build_object('decision', 'plan') || answer::jsonb)::json;

update results
set outcome = jsonb_set(outcome::jsonb, '{answer}', jsonb_build_object('decision', 'plan') || (outcome::jsonb -> 'answer'))::json
where outcome ->> 'kind' = 'plan';

-- A branch or a pull request that nobody sent yet is planned again, after the checks.
delete from effects
where action ->> 'kind' in ('push_branch', 'open_pull_request')
  and outcome is null
  and not (action ? 'treeSha')
  and task_id in (
    select results.task_id from results
    where outcome ->> 'kind' = 'checks' and not (outcome::jsonb ? 'treeSha')
  );

update subtasks
set state = 'pending', finished_at = null, enqueued_at = null, due_at = null, attempts = 0, losses = 0
where kind = 'verify' and state = 'done'
  and task_id in (select id from tasks where finished_at is null or state <> 'done')
  and id in (
    select subtask_id from results where outcome ->> 'kind' = 'checks' and not (outcome::jsonb ? 'treeSha')
  );

update results
set outcome = (
  jsonb_build_object('treeSha', '', 'refusals', '[]'::jsonb, 'template', null, 'hasCi', false) || outcome::jsonb
)::json
where outcome ->> 'kind' = 'checks';
