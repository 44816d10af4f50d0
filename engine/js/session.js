(asyncIterator, learn) => ({
  // settle makes one promise of an array that holds promises.
  settle(value) {
    if (Array.isArray(value)) {
      for (let i = 0; i < value.length; i++) if (value[i] instanceof Promise) return Promise.all(value);
    }
    return value;
  },

  // loop is what a for-of loop walks. sync tells that no step needs to wait; step and next answer whether there is a value; open
  // tells that the loop has to close the iterator when it ends early.
  loop(source, waits, place) {
    let open = source?.[asyncIterator];
    let sync = false;
    if (open !== undefined && open !== null) learn(place);
    else {
      open = source?.[Symbol.iterator];
      sync = !waits;
    }
    if (typeof open !== "function") throw new TypeError("the loop's value is not iterable");
    const items = open.call(source);
    const loop = { sync, open: false, value: undefined };
    const take = (step) => {
      loop.open = !step.done;
      loop.value = loop.open ? step.value : undefined;
      return loop.open;
    };
    loop.step = () => {
      loop.open = false;
      return take(items.next());
    };
    loop.next = async () => {
      loop.open = false;
      const more = take(await items.next());
      if (more) loop.value = await loop.value;
      return more;
    };
    loop.close = () => {
      loop.open = false;
      return items.return?.();
    };
    return loop;
  },
})
