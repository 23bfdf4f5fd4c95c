'use strict';

const { randomUUID } = require('node:crypto');
const { NotFoundError, OutOfStockError } = require('./errors');

const RESERVATION_MINUTES = 15;

class Stock {
  constructor(db, clock = Date) {
    this.db = db;
    this.clock = clock;
  }

  async available(sku) {
    const row = await this.db.get('SELECT on_hand, reserved FROM stock WHERE sku = ?', [sku]);
    if (!row) throw new NotFoundError(`no such sku: ${sku}`);
    return row.on_hand - row.reserved;
  }

  async receive(sku, quantity) {
    await this.db.run('UPDATE stock SET on_hand = on_hand + ? WHERE sku = ?', [quantity, sku]);
  }

  /** Sets goods aside for a checkout. Answers the id to confirm or release with. */
  async reserve(sku, quantity) {
    if (!Number.isInteger(quantity) || quantity < 1) {
      throw new RangeError('quantity must be a whole number of at least 1');
    }
    const available = await this.available(sku);
    if (available < quantity) {
      throw new OutOfStockError(sku, quantity, available);
    }
    const id = randomUUID();
    const expiresAt = this.clock.now() + RESERVATION_MINUTES * 60_000;
    await this.db.transaction(async (tx) => {
      await tx.run('UPDATE stock SET reserved = reserved + ? WHERE sku = ?', [quantity, sku]);
      await tx.run('INSERT INTO reservations (id, sku, quantity, expires_at) VALUES (?, ?, ?, ?)', [
        id,
        sku,
        quantity,
        expiresAt,
      ]);
    });
    return { id, expiresAt };
  }

  /** The goods leave: they are neither on hand nor reserved any more. */
  async confirm(id) {
    await this.db.transaction(async (tx) => {
      const reservation = await tx.get('DELETE FROM reservations WHERE id = ? RETURNING sku, quantity', [id]);
      if (!reservation) throw new NotFoundError(`no such reservation: ${id}`);
      const { sku, quantity } = reservation;
      await tx.run('UPDATE stock SET on_hand = on_hand - ?, reserved = reserved - ? WHERE sku = ?', [
        quantity,
        quantity,
        sku,
      ]);
    });
  }

  /** Gives back what was set aside and never bought. Answers how many reservations there were. */
  async releaseExpired() {
    return this.db.transaction(async (tx) => {
      const expired = await tx.all('DELETE FROM reservations WHERE expires_at <= ? RETURNING sku, quantity', [
        this.clock.now(),
      ]);
      for (const { sku, quantity } of expired) {
        await tx.run('UPDATE stock SET reserved = reserved - ? WHERE sku = ?', [quantity, sku]);
      }
      return expired.length;
    });
  }
}

module.exports = { Stock };
