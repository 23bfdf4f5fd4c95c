'use strict';

class NotFoundError extends Error {
  constructor(message) {
    super(message);
    this.name = 'NotFoundError';
    this.status = 404;
  }
}

class OutOfStockError extends Error {
  constructor(sku, wanted, available) {
    super(`${sku}: ${wanted} wanted, ${available} available`);
    this.name = 'OutOfStockError';
    this.status = 409;
    this.sku = sku;
    this.available = available;
  }
}

module.exports = { NotFoundError, OutOfStockError };
