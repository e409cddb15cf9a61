// The demo: three servers with real named and keepalived, two faults, and what they cost.
import { whyNoLab } from '../../test/lab/environment.ts'
import { createLab, type Lab } from '../../test/lab/lab.ts'
import type { Scene } from './scene.ts'
import { liveScreen, plainScreen, type Screen } from './screen.ts'
import { DEMO_TOML, FULL, QUICK } from './script.ts'
import { setStage } from './stage.ts'
import { summaryLines } from './summary.ts'

const SERVERS = ['ns1', 'ns2', 'ns3']
const INTERRUPTED = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const

const say = (line: string) => console.log(line)

async function main(options: ReadonlySet<string>): Promise<number> {
  const obstacle = whyNoLab()
  if (obstacle !== null) {
    console.error(`build/demo: ${obstacle}`)
    return 1
  }
  const script = options.has('--quick') ? QUICK : FULL
  const live = process.stdout.isTTY === true && !options.has('--plain')
  let lab: Lab | null = null
  let screen: Screen | null = null
  let interrupted = false
  const end = async () => {
    screen?.close()
    await lab?.destroy()
  }
  for (const [signal, code] of Object.entries(INTERRUPTED)) {
    process.once(signal, async () => {
      interrupted = true
      await end()
      console.error('build/demo: interrupted; everything that was started has ended')
      process.exit(code)
    })
  }

  try {
    say(
      'Starting three servers, each with named, keepalived and holdfast, in namespaces of their own.',
    )
    lab = await createLab({ servers: SERVERS, onLoopback: true, extraToml: DEMO_TOML })
    await lab.start()
    const stage = await setStage(lab, {
      actCount: script.actCount,
      onNote: (note) => screen?.note(note),
    })
    const scene = (): Scene => stage.scene()
    screen = live
      ? liveScreen({ stream: process.stdout, env: process.env, scene })
      : plainScreen(say)
    await script.play(stage)
    const { happenings, report } = await stage.finish()
    await end()
    say('')
    for (const line of summaryLines(happenings, report)) say(line)
    say('All that was started has ended. docs/architecture.md says how it works.')
    return 0
  } catch (error) {
    // Ctrl-C reaches the servers as well, and what they leave undone is no failure of theirs.
    if (interrupted) return new Promise<never>(() => {})
    const story = lab?.story(20)
    await end()
    if (story !== undefined) console.error(story)
    console.error(`build/demo: ${error instanceof Error ? error.message : String(error)}`)
    return 1
  }
}

process.exit(await main(new Set(process.argv.slice(2))))
