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

  // retry calls fn(attempt) until it succeeds, and waits before each further attempt: what the error names, or twice as long as before.
  // It rejects with the last error.
  async retry(fn, options) {
    if (typeof fn !== "function") throw new TypeError("retry: argument 1 must be a function");
    if (options !== undefined && (options === null || typeof options !== "object")) throw new TypeError("retry: argument 2 must be an object of options");
    const { times = 4, on, delay = 500, ...others } = options ?? {};
    for (const name of Object.keys(others)) throw new TypeError(`retry has no option "${name}": its options are times, on and delay`);
    if (!Number.isInteger(times) || times < 1) throw new TypeError("retry: times must be a whole number from 1");
    if (!(delay >= 0 && delay <= 3600000)) throw new TypeError("retry: delay must be a number of milliseconds from 0 to an hour");
    const wanted = Array.isArray(on) ? on : [on];
    const kinds = on === undefined ? [] : wanted;
    if (kinds.some((kind) => !["number", "string", "function"].includes(typeof kind))) {
      throw new TypeError("retry: on takes a status, a reason, a function, or an array of these");
    }
    const passes = async (error, attempt) => {
      const status = error?.status, reason = error?.reason;
      if (on === undefined) return status === 420 || status === 423 || status === 429 || status >= 500 || ["timeout", "no_response"].includes(reason);
      for (const kind of kinds) {
        if (typeof kind === "function" ? await kind(error, attempt) : kind === status || kind === reason) return true;
      }
      return false;
    };
    for (let attempt = 1, wait = delay; ; attempt++, wait = Math.min(2 * wait, Math.max(delay, 30000))) {
      try {
        return await fn(attempt);
      } catch (error) {
        if (attempt >= times || !(await passes(error, attempt))) throw error;
        const named = Number(error?.retry_after);
        await new Promise((resolve) => setTimeout(resolve, named > 0 ? Math.min(named, 3600000) : wait * (0.5 + Math.random() / 2)));
      }
    }
  },
});
