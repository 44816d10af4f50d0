// TextEncoder and TextDecoder over the host's converters.
(function (host) {
  class TextEncoder {
    get encoding() {
      return "utf-8";
    }
    encode(text = "") {
      return new Uint8Array(host.encode(String(text)));
    }
    encodeInto(text, target) {
      if (!(target instanceof Uint8Array)) throw new TypeError("TextEncoder.encodeInto: argument 2 must be a Uint8Array");
      let read = 0,
        written = 0;
      for (const character of String(text)) {
        const bytes = this.encode(character);
        if (written + bytes.length > target.length) break;
        target.set(bytes, written);
        written += bytes.length;
        read += character.length;
      }
      return { read, written };
    }
  }
  host.finish(TextEncoder);

  class TextDecoder {
    #decoder;
    #encoding;
    #fatal;
    #ignoreBOM;

    constructor(label = "utf-8", options = {}) {
      options = options ?? {};
      this.#fatal = Boolean(options.fatal);
      this.#ignoreBOM = Boolean(options.ignoreBOM);
      this.#encoding = host.encodingName(String(label));
      if (!this.#encoding) throw new RangeError(`TextDecoder: the encoding "${label}" is not known; there are utf-8, utf-16le, utf-16be and latin1`);
      this.#decoder = host.decoder(this.#encoding, this.#fatal, this.#ignoreBOM);
    }
    get encoding() {
      return this.#encoding;
    }
    get fatal() {
      return this.#fatal;
    }
    get ignoreBOM() {
      return this.#ignoreBOM;
    }
    decode(input, options = {}) {
      const bytes = input === undefined ? new ArrayBuffer(0) : host.bytes(input, "TextDecoder.decode: argument 1");
      const text = this.#decoder(bytes, Boolean(options?.stream));
      if (text === undefined) throw new TypeError(`TextDecoder.decode: the data is not valid ${this.#encoding}`);
      return text;
    }
  }
  host.finish(TextDecoder);

  return { TextEncoder, TextDecoder };
});
