// A map that forgets what was not used for longest.

export class Lru<K, V> {
  readonly #map = new Map<K, V>()

  constructor(private readonly most: number) {}

  get(key: K): V | undefined {
    const value = this.#map.get(key)
    if (value !== undefined) {
      this.#map.delete(key)
      this.#map.set(key, value)
    }
    return value
  }

  set(key: K, value: V): void {
    this.#map.delete(key)
    this.#map.set(key, value)
    const [oldest] = this.#map.keys()
    if (this.#map.size > this.most && oldest !== undefined) this.#map.delete(oldest)
  }

  delete(key: K): void {
    this.#map.delete(key)
  }

  /** The oldest first. */
  entries(): [K, V][] {
    return [...this.#map]
  }
}
