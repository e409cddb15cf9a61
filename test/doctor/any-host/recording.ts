// What a host answered to the doctor, kept so that the answers can be spoilt.
import type { Inspector, Read } from '../../../src/ports.ts'

/** Answers by what was asked: "text /etc/hostname", "run ip -j link". */
export type Recording = Readonly<Record<string, Read<unknown>>>

/** An answer that is longer is kept up to here: enough to be spoilt. */
const MAX_CHARACTERS = 6000

/** An inspector like the one given, and what it has answered so far. */
export function recorded(inspect: Inspector): { inspect: Inspector; recording: Recording } {
  const recording: Record<string, Read<unknown>> = {}
  const keep = <T>(question: string, answer: Read<T>): Read<T> => {
    recording[question] = shortened(answer)
    return answer
  }
  return {
    recording,
    inspect: {
      ...inspect,
      text: (path, limit) => keep(`text ${path}`, inspect.text(path, limit)),
      stat: (path) => keep(`stat ${path}`, inspect.stat(path)),
      list: (path) => keep(`list ${path}`, inspect.list(path)),
      link: (path) => keep(`link ${path}`, inspect.link(path)),
      real: (path) => keep(`real ${path}`, inspect.real(path)),
      space: (path) => keep(`space ${path}`, inspect.space(path)),
      run: async (program, args, options) =>
        keep(`run ${[program, ...args].join(' ')}`, await inspect.run(program, args, options)),
      keepalivedDump: async () => keep('dump', await inspect.keepalivedDump()),
    },
  }
}

function shortened<T>(answer: Read<T>): Read<T> {
  return JSON.parse(JSON.stringify(answer), (_, value: unknown) =>
    typeof value === 'string' ? value.slice(0, MAX_CHARACTERS) : value,
  )
}
