// The methods of streams, which are what host functions such as each answer, and what map, filter and take make of one.
(prototype, asyncIterator) => {
  const hidden = (object, name, value) => Object.defineProperty(object, name, { value, writable: true, configurable: true });
  const takesFunction = (name, fn) => {
    if (typeof fn !== "function") throw new TypeError(name + " takes a function, got " + (fn === null ? "null" : typeof fn));
  };

  // derive is a stream of what step makes of the source, one step at a time. A step that fails ends the source.
  const derive = (source, step) => {
    const stream = Object.create(prototype);
    let last = Promise.resolve(), ended = false;
    const end = { value: undefined, done: true };
    const advance = async () => {
      if (ended) return end;
      try {
        const result = await step();
        if (result.done) ended = true;
        return result.done ? end : result;
      } catch (failure) {
        ended = true;
        await stop();
        throw failure;
      }
    };
    const stop = async () => {
      if (typeof source.return === "function") await source.return();
    };
    const queue = (task) => {
      const made = last.then(task);
      last = made.then(() => {}, () => {});
      return made;
    };
    hidden(stream, "next", () => queue(advance));
    hidden(stream, "return", (value) => queue(async () => {
      ended = true;
      await stop();
      return { value, done: true };
    }));
    return stream;
  };

  const methods = {
    map(fn) {
      takesFunction("map", fn);
      let index = 0;
      return derive(this, async () => {
        const step = await this.next();
        return step.done ? step : { value: await fn(step.value, index++), done: false };
      });
    },
    filter(fn) {
      takesFunction("filter", fn);
      let index = 0;
      return derive(this, async () => {
        for (;;) {
          const step = await this.next();
          if (step.done || await fn(step.value, index++)) return step;
        }
      });
    },
    take(count) {
      if (!Number.isInteger(count) || count < 0) throw new RangeError("take takes a whole number from 0, got " + String(count));
      return derive(this, async () => {
        if (count === 0) {
          await this.return();
          return { done: true };
        }
        count--;
        return this.next();
      });
    },
    async toArray() {
      const all = [];
      await this.forEach((item) => { all.push(item); });
      return all;
    },
    async forEach(fn) {
      takesFunction("forEach", fn);
      for (let index = 0; ; index++) {
        const step = await this.next();
        if (step.done) return;
        try {
          await fn(step.value, index);
        } catch (failure) {
          await this.return();
          throw failure;
        }
      }
    },
  };
  for (const name of Object.keys(methods)) hidden(prototype, name, methods[name]);
}
