// The kernel's routes of IPv4, /proc/net/fib_trie: it has the local addresses of interfaces without a carrier, too.

const LEAF = /^\s+\|-- (\S+)$/
const LOCAL = /^\s+\/32 host LOCAL$/

/** The addresses that this network namespace has, on whatever interface. */
export function parseFibTrie(text: string): ReadonlySet<string> {
  const addresses = new Set<string>()
  let leaf = ''
  for (const line of text.split('\n')) {
    leaf = LEAF.exec(line)?.[1] ?? leaf
    if (LOCAL.test(line)) addresses.add(leaf)
  }
  return addresses
}
