({
  // map calls fn(item, index) for each item of an iterable, array or async iterable, keeps at most limit calls going, and
  // resolves to their results in order. After the first failure no further call starts; map rejects when those under way
  // have ended.
  async map(list, fn, limit = 8) {
    if (typeof fn !== "function") throw new TypeError("map: argument 2 must be a function");
    if (!(limit >= 1)) throw new TypeError("map: argument 3, the limit, must be a number from 1");
    limit = Math.min(limit, 256);
    const open = list?.[Symbol.asyncIterator] ?? list?.[Symbol.iterator];
    if (typeof open !== "function") throw new TypeError("map: argument 1 must be an array or another iterable");
    const items = open.call(list), results = [];
    let count = 0, ended = false, failed = -1, failure;
    const fail = (index, error) => {
      if (failed < 0 || index < failed) (failed = index), (failure = error);
      ended = true;
    };
    const work = async () => {
      while (!ended) {
        const index = count++;
        try {
          let step = items.next();
          if (typeof step.then === "function") step = await step;
          if (step.done) {
            ended = true;
            return;
          }
          if (failed >= 0) return;
          results[index] = await fn(step.value, index);
        } catch (error) {
          fail(index, error);
        }
      }
    };
    const workers = [];
    for (let i = 0; i < limit && !ended; i++) workers.push(work());
    await Promise.all(workers);
    if (failed < 0) return results;
    try {
      await items.return?.();
    } catch {}
    throw failure;
  },

  // fromAsync is Array.fromAsync.
  async fromAsync(source, fn, self) {
    if (fn !== undefined && typeof fn !== "function") throw new TypeError("Array.fromAsync: argument 2 must be a function");
    const result = [];
    const add = async (item) => {
      const value = await item;
      result.push(fn ? await fn.call(self, value, result.length) : value);
    };
    const open = source[Symbol.asyncIterator] ?? source[Symbol.iterator];
    if (open === undefined) {
      for (let i = 0; i < source.length; i++) await add(source[i]);
      return result;
    }
    const items = open.call(source);
    for (;;) {
      const step = await items.next();
      if (step.done) return result;
      try {
        await add(step.value);
      } catch (error) {
        await items.return?.();
        throw error;
      }
    }
  },

  // promiseTry is Promise.try.
  promiseTry(f, ...args) {
    return new this((resolve) => resolve(f(...args)));
  },

  // parallel calls all functions at once and resolves to their results in order. When some fail, it rejects with the error of
  // the first of them in the order of the arguments, after all have ended.
  async parallel(...fns) {
    fns.forEach((fn, i) => {
      if (typeof fn !== "function") throw new TypeError(`parallel: argument ${i + 1} must be a function`);
    });
    const outcomes = await Promise.allSettled(fns.map(async (fn) => fn()));
    const failed = outcomes.find((outcome) => outcome.status === "rejected");
    if (failed) throw failed.reason;
    return outcomes.map((outcome) => outcome.value);
  },
});
