// structuredClone.
(function (host) {
  const errors = { Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError };
  const fail = (what) => {
    throw new DOMException(`${what} could not be cloned.`, "DataCloneError");
  };

  function structuredClone(value, options) {
    if (arguments.length === 0) throw new TypeError("structuredClone: argument 1 is missing");
    const transfer = options?.transfer ? [...options.transfer] : [];
    transfer.forEach((buffer, i) => {
      if (host.classOf(buffer) !== "ArrayBuffer") fail("A value in transfer that is not an ArrayBuffer");
      if (transfer.indexOf(buffer) !== i) fail("An ArrayBuffer that stands twice in transfer");
    });
    const seen = new Map();
    const result = clone(value, seen);
    transfer.forEach(host.detach);
    return result;
  }

  function clone(value, seen) {
    if (typeof value === "symbol") fail(String(value));
    if (typeof value === "function") fail(`The function ${value.name || "without a name"}`);
    if (typeof value !== "object" || value === null) return value;
    if (seen.has(value)) return seen.get(value);
    const keep = (copy) => (seen.set(value, copy), copy);
    const kind = host.classOf(value);
    switch (kind) {
      case "Boolean":
      case "Number":
      case "String":
      case "BigInt":
        return keep(Object(host.primitive(value)));
      case "Date":
        return keep(new Date(Date.prototype.getTime.call(value)));
      case "RegExp":
        return keep(new RegExp(value.source, value.flags));
      case "ArrayBuffer":
        return keep(value.slice(0));
      case "View": {
        const buffer = clone(value.buffer, seen);
        const length = value instanceof DataView ? value.byteLength : value.length;
        return keep(new (host.viewClass(value))(buffer, value.byteOffset, length));
      }
      case "Map": {
        const copy = keep(new Map());
        for (const [key, item] of [...value]) copy.set(clone(key, seen), clone(item, seen));
        return copy;
      }
      case "Set": {
        const copy = keep(new Set());
        for (const item of [...value]) copy.add(clone(item, seen));
        return copy;
      }
      case "Error":
        return cloneError(value, seen, keep);
      case "Array":
        return members(value, keep(new Array(value.length)), seen);
      case "Object":
        return members(value, keep({}), seen);
      default:
        fail(`A ${kind}`);
    }
  }

  function cloneError(value, seen, keep) {
    const name = Object.hasOwn(errors, value.name) ? value.name : "Error";
    const result = keep(new errors[name]());
    for (const key of ["message", "stack", "cause"]) {
      const own = Object.getOwnPropertyDescriptor(value, key);
      if (key === "stack" ? value.stack === undefined : !own) continue;
      const text = key === "cause" ? clone(value.cause, seen) : String(value[key]);
      Object.defineProperty(result, key, { value: text, writable: true, configurable: true, enumerable: false });
    }
    return result;
  }

  function members(from, to, seen) {
    for (const key of Object.keys(from)) {
      Object.defineProperty(to, key, { value: clone(from[key], seen), writable: true, enumerable: true, configurable: true });
    }
    return to;
  }

  return { structuredClone };
});
