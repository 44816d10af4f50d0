// URL and URLSearchParams. The parser is the host's; here are the objects.
(function (host) {
  let attach, reload; // reach from URL into the private parts of its parameters

  class URLSearchParams {
    #list = []; // [name, value] pairs
    #owner;

    static {
      attach = (params, owner) => (params.#owner = owner);
      reload = (params, query) => (params.#list = host.parseQuery(query));
    }

    constructor(init = "") {
      if (init === null || (typeof init !== "object" && typeof init !== "function")) {
        this.#list = host.parseQuery(String(init).replace(/^\?/, ""));
        return;
      }
      const open = init[Symbol.iterator];
      if (open === undefined || open === null) {
        for (const name of Reflect.ownKeys(init)) {
          if (Object.prototype.propertyIsEnumerable.call(init, name)) this.#list.push([host.wellFormed(name), host.wellFormed(init[name])]);
        }
        return;
      }
      for (const pair of init) {
        const both = typeof pair === "object" && pair !== null ? [...pair] : [];
        if (both.length !== 2) throw new TypeError("URLSearchParams: each pair must be an array of a name and a value");
        this.#list.push([host.wellFormed(both[0]), host.wellFormed(both[1])]);
      }
    }

    #changed() {
      if (this.#owner) this.#owner(this.toString());
    }

    get size() {
      return this.#list.length;
    }
    append(name, value) {
      need("append", arguments, 2);
      this.#list.push([host.wellFormed(name), host.wellFormed(value)]);
      this.#changed();
    }
    delete(name, value) {
      need("delete", arguments, 1);
      name = host.wellFormed(name);
      if (value !== undefined) value = host.wellFormed(value);
      this.#list = this.#list.filter((pair) => pair[0] !== name || (value !== undefined && pair[1] !== value));
      this.#changed();
    }
    get(name) {
      need("get", arguments, 1);
      name = host.wellFormed(name);
      const pair = this.#list.find((pair) => pair[0] === name);
      return pair ? pair[1] : null;
    }
    getAll(name) {
      need("getAll", arguments, 1);
      name = host.wellFormed(name);
      return this.#list.filter((pair) => pair[0] === name).map((pair) => pair[1]);
    }
    has(name, value) {
      need("has", arguments, 1);
      name = host.wellFormed(name);
      if (value !== undefined) value = host.wellFormed(value);
      return this.#list.some((pair) => pair[0] === name && (value === undefined || pair[1] === value));
    }
    set(name, value) {
      need("set", arguments, 2);
      name = host.wellFormed(name);
      value = host.wellFormed(value);
      let found = false;
      this.#list = this.#list.filter((pair) => {
        if (pair[0] !== name) return true;
        if (found) return false;
        found = true;
        pair[1] = value;
        return true;
      });
      if (!found) this.#list.push([name, value]);
      this.#changed();
    }
    sort() {
      this.#list.sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0));
      this.#changed();
    }
    forEach(callback, self) {
      if (typeof callback !== "function") throw new TypeError("URLSearchParams.forEach: argument 1 must be a function");
      for (const [name, value] of this) callback.call(self, value, name, this);
    }
    *entries() {
      for (let i = 0; i < this.#list.length; i++) yield [this.#list[i][0], this.#list[i][1]];
    }
    *keys() {
      for (let i = 0; i < this.#list.length; i++) yield this.#list[i][0];
    }
    *values() {
      for (let i = 0; i < this.#list.length; i++) yield this.#list[i][1];
    }
    toString() {
      return host.formatQuery(this.#list);
    }
  }
  host.finish(URLSearchParams, "entries");

  class URL {
    #parts;
    #params;

    constructor(url, base) {
      need("constructor", arguments, 1);
      this.#parts = host.parseURL(String(url), base === undefined ? undefined : String(base));
      if (!this.#parts) {
        const error = new TypeError(`Invalid URL: ${url}` + (base === undefined ? "" : ` with the base ${base}`));
        error.code = "ERR_INVALID_URL";
        throw error;
      }
    }

    static canParse(url, base) {
      need("canParse", arguments, 1);
      return Boolean(host.parseURL(String(url), base === undefined ? undefined : String(base)));
    }
    static parse(url, base) {
      return URL.canParse(url, base) ? new URL(url, base) : null;
    }

    #set(part, value) {
      this.#parts = host.setURL(this.#parts.href, part, String(value));
      if (this.#params) reload(this.#params, this.#parts.search.slice(1));
    }

    get href() {
      return this.#parts.href;
    }
    set href(value) {
      this.#parts = new URL(value).#parts;
      if (this.#params) reload(this.#params, this.#parts.search.slice(1));
    }
    get origin() {
      return this.#parts.origin;
    }
    get protocol() {
      return this.#parts.protocol;
    }
    set protocol(value) {
      this.#set("protocol", value);
    }
    get username() {
      return this.#parts.username;
    }
    set username(value) {
      this.#set("username", value);
    }
    get password() {
      return this.#parts.password;
    }
    set password(value) {
      this.#set("password", value);
    }
    get host() {
      return this.#parts.host;
    }
    set host(value) {
      this.#set("host", value);
    }
    get hostname() {
      return this.#parts.hostname;
    }
    set hostname(value) {
      this.#set("hostname", value);
    }
    get port() {
      return this.#parts.port;
    }
    set port(value) {
      this.#set("port", value);
    }
    get pathname() {
      return this.#parts.pathname;
    }
    set pathname(value) {
      this.#set("pathname", value);
    }
    get search() {
      return this.#parts.search;
    }
    set search(value) {
      this.#set("search", value);
    }
    get searchParams() {
      if (!this.#params) {
        this.#params = new URLSearchParams(this.#parts.search);
        attach(this.#params, (query) => (this.#parts = host.setURL(this.#parts.href, "search", query)));
      }
      return this.#params;
    }
    get hash() {
      return this.#parts.hash;
    }
    set hash(value) {
      this.#set("hash", value);
    }
    toString() {
      return this.#parts.href;
    }
    toJSON() {
      return this.#parts.href;
    }
  }
  host.finish(URL);

  function need(method, args, count) {
    if (args.length < count) throw new TypeError(`${method} needs ${count} argument${count > 1 ? "s" : ""}, but has ${args.length}`);
  }

  return { URL, URLSearchParams };
});
