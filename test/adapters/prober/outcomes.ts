// Runs a program that tries the prober out and prints what came of each case as one JSON object.
import { spawn } from 'node:child_process'

export type Outcomes = Readonly<Record<string, string>>

/** What the program printed; rejects when it does not end with 0. */
export function outcomesOf(program: string, args: readonly string[]): Promise<Outcomes> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  return new Promise((resolve, reject) => {
    let output = ''
    child.stdout.setEncoding('utf8')
    child.stdout.on('data', (text: string) => {
      output += text
    })
    child.once('error', reject)
    child.once('close', (code) => {
      if (code === 0) resolve(JSON.parse(output))
      else reject(new Error(`the program ended with ${code}`))
    })
  })
}
