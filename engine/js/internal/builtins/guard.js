// Operators that look at the sizes of BigInts before they make larger ones. check throws when the result would be too large.
((check) => {
  // As the operators do it, and once only: valueOf may give anything.
  const numeric = (x) => (typeof x === "object" || typeof x === "function" ? -(-x) : x);
  const functions = {
    value: (x) => x,
    multiply(a, b) {
      if (typeof a === "number" && typeof b === "number") return a * b;
      check("multiply", (a = numeric(a)), (b = numeric(b)));
      return a * b;
    },
    power(a, b) {
      if (typeof a === "number" && typeof b === "number") return a ** b;
      check("power", (a = numeric(a)), (b = numeric(b)));
      return a ** b;
    },
    left(a, b) {
      if (typeof a === "number" && typeof b === "number") return a << b;
      check("left", (a = numeric(a)), (b = numeric(b)));
      return a << b;
    },
    right(a, b) {
      if (typeof a === "number" && typeof b === "number") return a >> b;
      check("right", (a = numeric(a)), (b = numeric(b)));
      return a >> b;
    },
    assign(operator, object, key, b) {
      if (typeof key === "object" && object != null) key = Reflect.ownKeys({ [key]: 0 })[0];
      return (object[key] = functions[operator](object[key], b));
    },
  };
  return functions;
});
