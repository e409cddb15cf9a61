// Lines from a stream of bytes, as processes that talk by lines hear each other.

/** Calls `take` for each whole line of a stream, and returns at its end. */
export async function eachLine(
  stream: AsyncIterable<Uint8Array>,
  take: (line: string) => void,
): Promise<void> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) take(line)
  }
}
