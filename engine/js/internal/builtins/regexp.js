// Makes source and toString show the text of an expression that was translated: the property origin has it.
((origin) => {
  const proto = RegExp.prototype, source = Object.getOwnPropertyDescriptor(proto, "source").get, { toString } = proto;
  const methods = {
    get source() {
      const own = this[origin];
      return own === undefined ? source.call(this) : own;
    },
    toString() {
      return this[origin] === undefined ? toString.call(this) : `/${this[origin]}/${this.flags}`;
    },
  };
  for (const name of Object.keys(methods)) {
    Object.defineProperty(proto, name, { ...Object.getOwnPropertyDescriptor(methods, name), enumerable: false });
  }
});
