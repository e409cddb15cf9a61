// Works on many things, a handful of them at once.

/** @returns what `work` came to, in the order of the items; it must not reject */
export async function mapConcurrent<Item, Value>(
  items: readonly Item[],
  maxAtOnce: number,
  work: (item: Item) => Promise<Value>,
): Promise<readonly Value[]> {
  const values = new Map<number, Value>()
  const waiting = items.entries()
  const worker = async () => {
    // All workers draw from the same iterator.
    for (const [index, item] of waiting) values.set(index, await work(item))
  }
  await Promise.all(Array.from({ length: maxAtOnce }, worker))
  return items.flatMap((_, index) => (values.has(index) ? [values.get(index) as Value] : []))
}
