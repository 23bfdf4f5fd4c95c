/** What a look of the doctor has to say. */
export interface Finding {
  readonly subject: string;
  readonly state: 'good' | 'warning' | 'wrong';
  readonly detail: string;
  /** What to do; '' when nothing is. */
  readonly remedy: string;
}

export function good(subject: string, detail: string): Finding {
  return { subject, state: 'good', detail, remedy: '' };
}

export function warning(subject: string, detail: string, remedy: string): Finding {
  return { subject, state: 'warning', detail, remedy };
}

export function wrong(subject: string, detail: string, remedy: string): Finding {
  return { subject, state: 'wrong', detail, remedy };
}
