// A Map that forgets what was not used for longest.

export class Bounded<K, V> {
  readonly #map = new Map<K, V>()
  /** Goes on where it stood: from the beginning it would pass by everything that was ever forgotten, as a Map keeps these places for long. */
  #oldest = this.#map.entries()

  /** `forgotten` is called for what goes because there is no room. */
  constructor(
    private readonly most: number,
    private readonly forgotten: (key: K, value: V) => void = () => undefined,
  ) {}

  get size(): number {
    return this.#map.size
  }

  get(key: K): V | undefined {
    const value = this.#map.get(key)
    if (value !== undefined) {
      this.#map.delete(key)
      this.#map.set(key, value)
    }
    return value
  }

  has(key: K): boolean {
    return this.#map.has(key)
  }

  set(key: K, value: V): void {
    this.#map.delete(key)
    this.#map.set(key, value)
    if (this.#map.size <= this.most) return
    let next = this.#oldest.next()
    if (next.done === true) next = (this.#oldest = this.#map.entries()).next()
    if (next.done === true) return
    const [oldest, was] = next.value
    this.#map.delete(oldest)
    this.forgotten(oldest, was)
  }

  values(): V[] {
    return [...this.#map.values()]
  }

  delete(key: K): boolean {
    return this.#map.delete(key)
  }
}
