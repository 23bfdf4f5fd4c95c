/** A conversation that cannot go on with what it was sent. Answered as a 400, which the SDK does not retry. */

export class ScriptFailure extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ScriptFailure';
  }
}
