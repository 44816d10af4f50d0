// Events, and what cancels: AbortController and AbortSignal.
(function (host) {
  const codes = [
    "IndexSizeError", "", "HierarchyRequestError", "WrongDocumentError", "InvalidCharacterError", "", "NoModificationAllowedError", "NotFoundError",
    "NotSupportedError", "InUseAttributeError", "InvalidStateError", "SyntaxError", "InvalidModificationError", "NamespaceError",
    "InvalidAccessError", "", "TypeMismatchError", "SecurityError", "NetworkError", "AbortError", "URLMismatchError", "QuotaExceededError",
    "TimeoutError", "InvalidNodeTypeError", "DataCloneError",
  ];

  class DOMException extends Error {
    #name;
    constructor(message = "", options = "Error") {
      super(message);
      const cause = typeof options === "object" && options !== null;
      this.#name = String(cause ? (options.name ?? "Error") : options);
      if (cause && "cause" in options) Object.defineProperty(this, "cause", { value: options.cause, writable: true, configurable: true });
    }
    get name() {
      return this.#name;
    }
    get code() {
      return this.#name ? codes.indexOf(this.#name) + 1 : 0;
    }
  }
  host.finish(DOMException);

  let aim; // sets the target while an event is under way

  class Event {
    #type;
    #bubbles;
    #cancelable;
    #prevented = false;
    #timeStamp = host.now();
    #target = null;
    #currentTarget = null;

    static {
      aim = (event, target) => {
        event.#target = target ?? event.#target;
        event.#currentTarget = target;
      };
    }

    constructor(type, options = {}) {
      if (arguments.length === 0) throw new TypeError("Event: argument 1, the type, is missing");
      this.#type = String(type);
      this.#cancelable = Boolean(options?.cancelable);
      this.#bubbles = Boolean(options?.bubbles);
    }
    get bubbles() {
      return this.#bubbles;
    }
    get timeStamp() {
      return this.#timeStamp;
    }
    get target() {
      return this.#target;
    }
    get currentTarget() {
      return this.#currentTarget;
    }
    get type() {
      return this.#type;
    }
    get cancelable() {
      return this.#cancelable;
    }
    get defaultPrevented() {
      return this.#prevented;
    }
    preventDefault() {
      if (this.#cancelable) this.#prevented = true;
    }
    stopPropagation() {}
    stopImmediatePropagation() {
      stopped.add(this);
    }
  }
  host.finish(Event);
  const stopped = new WeakSet();

  class EventTarget {
    #listeners = []; // { type, callback, once }

    addEventListener(type, callback, options) {
      if (callback === null || callback === undefined) return;
      if (typeof callback !== "function" && typeof callback !== "object") throw new TypeError("addEventListener: argument 2 must be a function");
      type = String(type);
      const { once = false, signal } = typeof options === "object" && options !== null ? options : {};
      if (signal?.aborted) return;
      if (this.#listeners.some((l) => l.type === type && l.callback === callback)) return;
      this.#listeners.push({ type, callback, once: Boolean(once) });
      signal?.addEventListener("abort", () => this.removeEventListener(type, callback), { once: true });
    }
    removeEventListener(type, callback) {
      type = String(type);
      this.#listeners = this.#listeners.filter((l) => l.type !== type || l.callback !== callback);
    }
    dispatchEvent(event) {
      if (!(event instanceof Event)) throw new TypeError("dispatchEvent: argument 1 must be an Event");
      aim(event, this);
      const own = this["on" + event.type];
      const called = this.#listeners.filter((l) => l.type === event.type);
      if (typeof own === "function") called.unshift({ callback: own, always: true });
      for (const l of called) {
        if (!l.always && !this.#listeners.includes(l)) continue;
        if (l.once) this.#listeners = this.#listeners.filter((other) => other !== l);
        try {
          if (typeof l.callback === "function") l.callback.call(this, event);
          else l.callback.handleEvent(event);
        } catch (error) {
          queueMicrotask(() => {
            throw error; // the other listeners are called; the run fails after them
          });
        }
        if (stopped.has(event)) break;
      }
      aim(event, null);
      return !event.defaultPrevented;
    }
  }
  host.finish(EventTarget);

  let abort; // what a controller does to its signal
  const made = Symbol("made");

  class AbortSignal extends EventTarget {
    #aborted = false;
    #reason;
    #handler = null;

    static {
      abort = (signal, reason) => {
        if (signal.#aborted) return;
        signal.#aborted = true;
        signal.#reason = reason === undefined ? new DOMException("This operation was aborted", "AbortError") : reason;
        signal.dispatchEvent(new Event("abort"));
      };
    }

    constructor(key) {
      if (key !== made) throw new TypeError("AbortSignal cannot be made with new: take the signal of a new AbortController()");
      super();
    }
    get onabort() {
      return this.#handler;
    }
    set onabort(handler) {
      this.#handler = typeof handler === "function" ? handler : null;
    }
    get aborted() {
      return this.#aborted;
    }
    get reason() {
      return this.#reason;
    }
    throwIfAborted() {
      if (this.#aborted) throw this.#reason;
    }

    static abort(reason) {
      const signal = new AbortSignal(made);
      abort(signal, reason);
      return signal;
    }
    static timeout(milliseconds) {
      if (!(milliseconds >= 0 && milliseconds <= Number.MAX_SAFE_INTEGER)) throw new TypeError("AbortSignal.timeout: argument 1 must be milliseconds from 0");
      const signal = new AbortSignal(made);
      host.after(milliseconds, () => abort(signal, new DOMException("The operation was aborted due to timeout", "TimeoutError")));
      return signal;
    }
    static any(signals) {
      const all = [...signals];
      if (!all.every((signal) => signal instanceof AbortSignal)) throw new TypeError("AbortSignal.any: argument 1 must hold signals only");
      const signal = new AbortSignal(made);
      const first = all.find((signal) => signal.aborted);
      if (first) abort(signal, first.reason);
      else for (const source of all) source.addEventListener("abort", () => abort(signal, source.reason), { once: true, signal });
      return signal;
    }
  }
  host.finish(AbortSignal);

  class AbortController {
    #signal = new AbortSignal(made);
    get signal() {
      return this.#signal;
    }
    abort(reason) {
      abort(this.#signal, reason);
    }
  }
  host.finish(AbortController);

  return { DOMException, Event, EventTarget, AbortSignal, AbortController };
});
