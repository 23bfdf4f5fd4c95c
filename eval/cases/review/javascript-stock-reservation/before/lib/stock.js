'use strict';

const { NotFoundError } = require('./errors');

class Stock {
  constructor(db) {
    this.db = db;
  }

  async available(sku) {
    const row = await this.db.get('SELECT on_hand, reserved FROM stock WHERE sku = ?', [sku]);
    if (!row) throw new NotFoundError(`no such sku: ${sku}`);
    return row.on_hand - row.reserved;
  }

  async receive(sku, quantity) {
    await this.db.run('UPDATE stock SET on_hand = on_hand + ? WHERE sku = ?', [quantity, sku]);
  }
}

module.exports = { Stock };
