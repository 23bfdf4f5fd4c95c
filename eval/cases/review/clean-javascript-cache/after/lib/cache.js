'use strict';

/** Keeps the entries that were used last: a Map holds its keys in the order in which they were put in. */
class Cache {
  #limit;
  #entries = new Map();

  constructor(limit) {
    if (!Number.isInteger(limit) || limit < 1) throw new RangeError('the limit is a whole number of at least 1');
    this.#limit = limit;
  }

  get size() {
    return this.#entries.size;
  }

  get(key) {
    if (!this.#entries.has(key)) return undefined;
    const value = this.#entries.get(key);
    this.#entries.delete(key);
    this.#entries.set(key, value);
    return value;
  }

  set(key, value) {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size <= this.#limit) return;
    const { value: oldest } = this.#entries.keys().next();
    this.#entries.delete(oldest);
  }

  delete(key) {
    return this.#entries.delete(key);
  }
}

module.exports = { Cache };
