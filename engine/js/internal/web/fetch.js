// fetch with Headers, Request and Response. Bodies are read whole; there are no streams.
(function (host) {
  const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
  const badValue = /[\0\r\n]|[^\0-\xff]/;

  class Headers {
    #map = new Map(); // lower-case name -> value; set-cookie -> array

    constructor(init) {
      if (init === undefined || init === null) return;
      if (typeof init !== "object") throw new TypeError("Headers: argument 1 must be an object, an array of pairs, or Headers");
      if (typeof init[Symbol.iterator] === "function") {
        for (const pair of init) {
          const both = [...pair];
          if (both.length !== 2) throw new TypeError("Headers: each pair must be an array of a name and a value");
          this.append(both[0], both[1]);
        }
      } else for (const name of Object.keys(init)) this.append(name, init[name]);
    }

    append(name, value) {
      [name, value] = check(name, value);
      const old = this.#map.get(name);
      if (name === "set-cookie") this.#map.set(name, [...(old ?? []), value]);
      else this.#map.set(name, old === undefined ? value : old + ", " + value);
    }
    set(name, value) {
      [name, value] = check(name, value);
      this.#map.set(name, name === "set-cookie" ? [value] : value);
    }
    delete(name) {
      this.#map.delete(check(name));
    }
    get(name) {
      const value = this.#map.get(check(name));
      return value === undefined ? null : Array.isArray(value) ? value.join(", ") : value;
    }
    has(name) {
      return this.#map.has(check(name));
    }
    getSetCookie() {
      return [...(this.#map.get("set-cookie") ?? [])];
    }
    forEach(callback, self) {
      if (typeof callback !== "function") throw new TypeError("Headers.forEach: argument 1 must be a function");
      for (const [name, value] of this) callback.call(self, value, name, this);
    }
    *entries() {
      for (const name of [...this.#map.keys()].sort()) {
        const value = this.#map.get(name);
        if (Array.isArray(value)) for (const cookie of value) yield [name, cookie];
        else yield [name, value];
      }
    }
    *keys() {
      for (const [name] of this.entries()) yield name;
    }
    *values() {
      for (const [, value] of this.entries()) yield value;
    }
  }
  host.finish(Headers, "entries");

  function check(name, value) {
    name = String(name);
    if (!token.test(name)) throw new TypeError(`Headers: ${JSON.stringify(name)} is not a header name`);
    name = name.toLowerCase();
    if (arguments.length === 1) return name;
    value = String(value).replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, "");
    if (badValue.test(value)) throw new TypeError(`Headers: the value of ${name} has a character that headers cannot have`);
    return [name, value];
  }

  // content turns a body as scripts give it into bytes and its type.
  function content(body, where) {
    if (body === undefined || body === null) return [null, null];
    if (body instanceof URLSearchParams) return [host.encode(body.toString()), "application/x-www-form-urlencoded;charset=UTF-8"];
    if (typeof body === "object" && (ArrayBuffer.isView(body) || host.classOf(body) === "ArrayBuffer")) return [host.bytes(body, where), null];
    if ((typeof body === "object" && !(body instanceof String)) || typeof body === "function") {
      throw new TypeError(`${where}: the body must be a string, a typed array, an ArrayBuffer or URLSearchParams; for JSON pass JSON.stringify(value)`);
    }
    return [host.encode(String(body)), "text/plain;charset=UTF-8"];
  }

  let take, copyOf, fill; // reach into the private parts of bodies

  class Body {
    #bytes; // ArrayBuffer or null
    #used = false;

    static {
      take = (body) => body.#take();
      copyOf = (body) => {
        if (body.#used) throw new TypeError("clone: the body was read already");
        return body.#bytes === null ? null : body.#bytes.slice(0);
      };
      fill = (body, bytes) => (body.#bytes = bytes);
    }

    constructor(bytes) {
      this.#bytes = bytes;
    }
    #take() {
      if (this.#used) throw new TypeError("The body was read already; call clone() first to read it twice");
      if (this.#bytes === null) return null;
      const bytes = this.#bytes;
      this.#bytes = new ArrayBuffer(0);
      this.#used = true;
      return bytes;
    }
    get bodyUsed() {
      return this.#used;
    }
    // read gives what a method of a name makes of the bytes, later.
    #read(name, use) {
      const read = async () => use(this.#take() ?? new ArrayBuffer(0));
      return host.guard(read(), `response.${name}()`);
    }
    arrayBuffer() {
      return this.#read("arrayBuffer", (bytes) => bytes);
    }
    bytes() {
      return this.#read("bytes", (bytes) => new Uint8Array(bytes));
    }
    text() {
      return this.#read("text", host.decode);
    }
    json() {
      return this.#read("json", host.parseJSON);
    }
  }

  class Request extends Body {
    #url;
    #method;
    #headers;
    #redirect;
    #signal;

    constructor(input, init = {}) {
      if (arguments.length === 0) throw new TypeError("fetch: argument 1, the URL, is missing");
      init = init ?? {};
      if (typeof init !== "object") throw new TypeError("fetch: argument 2 must be an object");
      const from = input instanceof Request ? input : undefined;
      const [given, type] = content(init.body, "fetch");
      super(given ?? (from && init.body === undefined ? take(from) : null));
      this.#url = from ? from.url : address(input);
      this.#method = init.method === undefined ? (from?.method ?? "GET") : verb(init.method);
      this.#headers = new Headers(init.headers ?? from?.headers);
      this.#redirect = init.redirect ?? from?.redirect ?? "follow";
      this.#signal = init.signal === undefined ? from?.signal : (init.signal ?? undefined);
      if (!["follow", "error", "manual"].includes(this.#redirect)) throw new TypeError(`fetch: redirect must be "follow", "error" or "manual"`);
      if (this.#signal !== undefined && !(this.#signal instanceof AbortSignal)) throw new TypeError("fetch: signal must be an AbortSignal");
      if (given !== null && (this.#method === "GET" || this.#method === "HEAD")) throw new TypeError(`fetch: a request with method ${this.#method} cannot have a body`);
      if (type !== null && !this.#headers.has("content-type")) this.#headers.set("content-type", type);
    }
    get url() {
      return this.#url;
    }
    get method() {
      return this.#method;
    }
    get headers() {
      return this.#headers;
    }
    get redirect() {
      return this.#redirect;
    }
    get signal() {
      return this.#signal;
    }
    clone() {
      const body = copyOf(this);
      const { url, method, headers, redirect, signal } = this;
      return new Request(url, { method, headers, redirect, signal, body });
    }
  }
  host.finish(Request);

  function address(input) {
    const text = String(input);
    if (!URL.canParse(text)) throw new TypeError(`fetch: ${JSON.stringify(text)} is not an absolute URL such as https://api.example.com/path`);
    const url = new URL(text);
    if (url.protocol !== "http:" && url.protocol !== "https:") throw new TypeError(`fetch: the URL must begin with https: or http:, not ${url.protocol}`);
    if (url.username || url.password) throw new TypeError("fetch: the URL must not hold a user name or password; set the header Authorization instead");
    return url.href;
  }

  function verb(method) {
    method = String(method);
    if (!token.test(method)) throw new TypeError(`fetch: ${JSON.stringify(method)} is not a method`);
    const upper = method.toUpperCase();
    if (["CONNECT", "TRACE", "TRACK"].includes(upper)) throw new TypeError(`fetch: the method ${upper} is not allowed`);
    return ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"].includes(upper) ? upper : method;
  }

  let received; // makes a Response of what the host gave

  class Response extends Body {
    #status;
    #statusText;
    #headers;
    #url = "";
    #redirected = false;
    #type = "default";

    static {
      received = (answer) => {
        const response = new Response(null, answer);
        response.#url = answer.url;
        response.#redirected = answer.redirected;
        response.#type = "basic";
        fill(response, answer.body);
        return response;
      };
    }

    constructor(body = null, init = {}) {
      init = init ?? {};
      const [bytes, type] = content(body, "Response");
      super(bytes);
      this.#status = init.status === undefined ? 200 : Number(init.status);
      this.#statusText = String(init.statusText ?? "");
      this.#headers = new Headers(init.headers);
      if (!(this.#status >= 200 && this.#status <= 599)) throw new RangeError("Response: status must be from 200 to 599");
      if (bytes !== null && [204, 205, 304].includes(this.#status)) throw new TypeError(`Response: a response with status ${this.#status} cannot have a body`);
      if (type !== null && !this.#headers.has("content-type")) this.#headers.set("content-type", type);
    }

    static json(value, init = {}) {
      const text = JSON.stringify(value);
      if (text === undefined) throw new TypeError("Response.json: the value has no JSON form");
      const response = new Response(text, init);
      if (!new Headers(init?.headers).has("content-type")) response.headers.set("content-type", "application/json");
      return response;
    }
    static redirect(url, status = 302) {
      if (![301, 302, 303, 307, 308].includes(status)) throw new RangeError("Response.redirect: status must be 301, 302, 303, 307 or 308");
      return new Response(null, { status, headers: { location: new URL(url).href } });
    }

    get status() {
      return this.#status;
    }
    get ok() {
      return this.#status >= 200 && this.#status <= 299;
    }
    get statusText() {
      return this.#statusText;
    }
    get headers() {
      return this.#headers;
    }
    get url() {
      return this.#url;
    }
    get redirected() {
      return this.#redirected;
    }
    get type() {
      return this.#type;
    }
    clone() {
      const { status, statusText, headers } = this;
      const copy = new Response(null, { status, statusText, headers });
      copy.#url = this.#url;
      copy.#redirected = this.#redirected;
      copy.#type = this.#type;
      fill(copy, copyOf(this));
      return copy;
    }
  }
  host.finish(Response);

  function fetch(input, init = undefined) {
    return host.guard(request(...arguments), "fetch(...)");
  }

  async function request(input, init) {
    if (arguments.length === 0) throw new TypeError("fetch: argument 1, the URL, is missing");
    const request = new Request(input, init);
    const { url, method, redirect, signal } = request;
    signal?.throwIfAborted();
    const sent = host.send({ url, method, redirect, headers: [...request.headers], body: take(request) });
    if (!signal) return received(await sent.answer);
    let stop;
    const aborted = new Promise((_, reject) => {
      stop = () => {
        sent.cancel();
        reject(signal.reason);
      };
    });
    signal.addEventListener("abort", stop, { once: true });
    try {
      return received(await Promise.race([sent.answer, aborted]));
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }

  return { Headers, Request, Response, fetch };
});
