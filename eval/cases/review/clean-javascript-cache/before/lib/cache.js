'use strict';

class Node {
  constructor(key, value) {
    this.key = key;
    this.value = value;
    this.previous = null;
    this.next = null;
  }
}

/** Keeps the entries that were used last. */
class Cache {
  constructor(limit) {
    this.limit = limit;
    this.nodes = new Map();
    this.head = new Node(null, null);
    this.tail = new Node(null, null);
    this.head.next = this.tail;
    this.tail.previous = this.head;
  }

  get(key) {
    const node = this.nodes.get(key);
    if (node === undefined) return undefined;
    this.unlink(node);
    this.link(node);
    return node.value;
  }

  set(key, value) {
    let node = this.nodes.get(key);
    if (node !== undefined) {
      node.value = value;
      this.unlink(node);
    } else {
      node = new Node(key, value);
      this.nodes.set(key, node);
    }
    this.link(node);
    if (this.nodes.size > this.limit) {
      const oldest = this.tail.previous;
      this.unlink(oldest);
      this.nodes.delete(oldest.key);
    }
  }

  link(node) {
    node.next = this.head.next;
    node.previous = this.head;
    this.head.next.previous = node;
    this.head.next = node;
  }

  unlink(node) {
    node.previous.next = node.next;
    node.next.previous = node.previous;
  }
}

module.exports = { Cache };
