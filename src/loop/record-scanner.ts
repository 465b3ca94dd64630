/** In bytes: type, version and length in front of a record. */
const HEADER_LENGTH = 5;
/** In bytes: what a record of TLS 1.3 has beside data, with every cipher but one: its inner type and its tag. */
const AROUND_DATA = 1 + 16;
/** In bytes: by how much the tag of that one (TLS_AES_128_CCM_8_SHA256) is shorter. */
const SHORTER_TAG = 8;

/** Where TLS's records end, which can be seen without a key: so it is known beforehand how much will be decrypted. */
export class RecordScanner {
  /** In bytes: what the records that have become complete hold, if it is data, is not padded, and has the usual tag. */
  data = 0;
  /** In bytes: they do not hold more. */
  most = 0;
  /** In bytes: of the header of the record that is not complete. */
  #header = 0;
  /** In bytes: of all of its rest, and of what is still missing of that. */
  #length = 0;
  #missing = 0;

  /** No record is begun and not complete. */
  get whole(): boolean {
    return this.#header === 0 && this.#missing === 0;
  }

  scan(bytes: Uint8Array): void {
    this.data = 0;
    this.most = 0;
    for (let at = 0; at < bytes.length; ) {
      if (this.#missing > 0) {
        const step = Math.min(this.#missing, bytes.length - at);
        at += step;
        this.#missing -= step;
        if (this.#missing === 0) this.#complete();
      } else {
        this.#addToHeader(bytes[at]!);
        at += 1;
      }
    }
  }

  #addToHeader(byte: number): void {
    this.#header += 1;
    if (this.#header < HEADER_LENGTH - 1) return;
    if (this.#header < HEADER_LENGTH) {
      this.#length = byte << 8;
      return;
    }
    this.#header = 0;
    this.#length |= byte;
    this.#missing = this.#length;
  }

  #complete(): void {
    const data = Math.max(0, this.#length - AROUND_DATA);
    this.data += data;
    this.most += data + SHORTER_TAG;
  }
}
