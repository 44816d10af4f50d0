// The methods of iterators, and Iterator itself.
(() => {
  const IteratorPrototype = Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]()));
  if (IteratorPrototype.map) return IteratorPrototype.constructor;

  function Iterator() {
    if (new.target === undefined || new.target === Iterator) throw new TypeError("Iterator is abstract: extend it, or call Iterator.from");
  }
  const define = (object, key, value) => Object.defineProperty(object, key, { value, writable: true, enumerable: false, configurable: true });
  Object.defineProperty(Iterator, "prototype", { value: IteratorPrototype, writable: false });
  define(IteratorPrototype, "constructor", Iterator);
  define(IteratorPrototype, Symbol.toStringTag, "Iterator");

  const isObject = (x) => (typeof x === "object" && x !== null) || typeof x === "function";
  const take = (method, it) => {
    if (!isObject(it)) throw new TypeError(`Iterator.prototype.${method}: called on something that is not an iterator`);
    return it;
  };
  const callable = (method, f) => {
    if (typeof f !== "function") throw new TypeError(`Iterator.prototype.${method}: argument 1 must be a function`);
  };
  const count = (method, n) => {
    n = Number(n);
    if (Number.isNaN(n) || n <= -1) throw new RangeError(`Iterator.prototype.${method}: argument 1 must be a number from 0`);
    return Math.trunc(n);
  };
  const step = (it, next) => {
    const result = next.call(it);
    if (!isObject(result)) throw new TypeError("an iterator gave a result that is not an object");
    return result;
  };
  // close ends an iterator; after an error that one counts.
  const close = (it) => {
    const end = it.return;
    if (end !== undefined && end !== null) end.call(it);
  };
  const attempt = (it, f) => {
    try {
      return f();
    } catch (error) {
      try {
        close(it);
      } catch {}
      throw error;
    }
  };

  const states = new WeakMap();
  const HelperPrototype = Object.create(IteratorPrototype);
  define(HelperPrototype, Symbol.toStringTag, "Iterator Helper");
  const stateOf = (helper) => {
    const state = states.get(helper);
    if (!state) throw new TypeError("called on something that is not an iterator helper");
    return state;
  };
  const methods = (object, functions) => {
    for (const name of Object.keys(functions)) define(object, name, functions[name]);
  };
  methods(HelperPrototype, {
    next() {
      const state = stateOf(this);
      state.started = true;
      return state.values.next();
    },
    return() {
      const state = stateOf(this);
      if (!state.started) {
        state.started = true;
        state.values.return();
        close(state.it);
        return { value: undefined, done: true };
      }
      return state.values.return();
    },
  });
  // helper makes an iterator of what a generator yields. A value that is not taken any more closes the iterator it came from.
  const helper = (it, values) => {
    const object = Object.create(HelperPrototype);
    states.set(object, { it, values, started: false });
    return object;
  };

  methods(IteratorPrototype, {
    map(f) {
      const it = take("map", this);
      callable("map", f);
      const { next } = it;
      return helper(it, (function* () {
        for (let i = 0; ; i++) {
          const result = step(it, next);
          if (result.done) return;
          const value = attempt(it, () => f(result.value, i));
          let taken = false;
          try {
            yield value;
            taken = true;
          } finally {
            if (!taken) close(it);
          }
        }
      })());
    },
    filter(f) {
      const it = take("filter", this);
      callable("filter", f);
      const { next } = it;
      return helper(it, (function* () {
        for (let i = 0; ; i++) {
          const result = step(it, next);
          if (result.done) return;
          const { value } = result;
          if (!attempt(it, () => f(value, i))) continue;
          let taken = false;
          try {
            yield value;
            taken = true;
          } finally {
            if (!taken) close(it);
          }
        }
      })());
    },
    take(limit) {
      const it = take("take", this);
      limit = count("take", limit);
      const { next } = it;
      return helper(it, (function* () {
        for (let left = limit; ; left--) {
          if (left === 0) return void close(it);
          const result = step(it, next);
          if (result.done) return;
          let taken = false;
          try {
            yield result.value;
            taken = true;
          } finally {
            if (!taken) close(it);
          }
        }
      })());
    },
    drop(limit) {
      const it = take("drop", this);
      limit = count("drop", limit);
      const { next } = it;
      return helper(it, (function* () {
        for (let left = limit; left > 0; left--) if (step(it, next).done) return;
        for (;;) {
          const result = step(it, next);
          if (result.done) return;
          let taken = false;
          try {
            yield result.value;
            taken = true;
          } finally {
            if (!taken) close(it);
          }
        }
      })());
    },
    flatMap(f) {
      const it = take("flatMap", this);
      callable("flatMap", f);
      const { next } = it;
      return helper(it, (function* () {
        for (let i = 0; ; i++) {
          const result = step(it, next);
          if (result.done) return;
          const inner = attempt(it, () => {
            const values = f(result.value, i);
            if (!isObject(values)) throw new TypeError("Iterator.prototype.flatMap: the function must return an iterator or an iterable object");
            const open = values[Symbol.iterator];
            return open === undefined || open === null ? values : open.call(values);
          });
          const innerNext = inner.next;
          for (;;) {
            const item = attempt(it, () => step(inner, innerNext));
            if (item.done) break;
            let taken = false;
            try {
              yield item.value;
              taken = true;
            } finally {
              if (!taken) attempt(it, () => close(inner)), close(it);
            }
          }
        }
      })());
    },
    reduce(f, ...initial) {
      const it = take("reduce", this);
      callable("reduce", f);
      const { next } = it;
      let i = 0, sum = initial[0];
      if (initial.length === 0) {
        const first = step(it, next);
        if (first.done) throw new TypeError("Iterator.prototype.reduce: an empty iterator needs an initial value");
        (sum = first.value), (i = 1);
      }
      for (; ; i++) {
        const result = step(it, next);
        if (result.done) return sum;
        sum = attempt(it, () => f(sum, result.value, i));
      }
    },
    toArray() {
      const it = take("toArray", this), { next } = it, items = [];
      for (;;) {
        const result = step(it, next);
        if (result.done) return items;
        items.push(result.value);
      }
    },
    forEach(f) {
      const it = take("forEach", this);
      callable("forEach", f);
      const { next } = it;
      for (let i = 0; ; i++) {
        const result = step(it, next);
        if (result.done) return;
        attempt(it, () => f(result.value, i));
      }
    },
    some(f) {
      const it = take("some", this);
      callable("some", f);
      const { next } = it;
      for (let i = 0; ; i++) {
        const result = step(it, next);
        if (result.done) return false;
        if (attempt(it, () => f(result.value, i))) return close(it), true;
      }
    },
    every(f) {
      const it = take("every", this);
      callable("every", f);
      const { next } = it;
      for (let i = 0; ; i++) {
        const result = step(it, next);
        if (result.done) return true;
        if (!attempt(it, () => f(result.value, i))) return close(it), false;
      }
    },
    find(f) {
      const it = take("find", this);
      callable("find", f);
      const { next } = it;
      for (let i = 0; ; i++) {
        const result = step(it, next);
        if (result.done) return undefined;
        if (attempt(it, () => f(result.value, i))) return close(it), result.value;
      }
    },
  });

  const WrapPrototype = Object.create(IteratorPrototype);
  methods(WrapPrototype, {
    next() {
      const { it, next } = stateOf(this);
      return next.call(it);
    },
    return() {
      const { it } = stateOf(this), end = it.return;
      return end === undefined ? { value: undefined, done: true } : end.call(it);
    },
  });
  define(Iterator, "from", {
    from(source) {
      if (!isObject(source) && typeof source !== "string") throw new TypeError("Iterator.from: argument 1 must be an iterator or an iterable");
      const open = source[Symbol.iterator];
      const it = open === undefined || open === null ? source : open.call(source);
      if (!isObject(it)) throw new TypeError("Iterator.from: argument 1 must be an iterator or an iterable");
      if (IteratorPrototype.isPrototypeOf(it)) return it;
      const wrapped = Object.create(WrapPrototype);
      states.set(wrapped, { it, next: it.next });
      return wrapped;
    },
  }.from);
  return Iterator;
});
