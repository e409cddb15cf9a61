// Scripts that the running keepalived does without, whatever made it drop them.
import { keepalivedCheck } from '../categories.ts'
import { ok, skip, trouble } from '../doctor-check.ts'
import { modelFact } from '../facts/keepalived-conf.ts'
import { groupWith, type Model, trackersOf } from '../facts/keepalived-model.ts'
import { configFact } from '../facts/loaded-config.ts'
import type { Host } from '../host.ts'
import { IN_FORCE } from './file.ts'
import { instancesFact } from './json-dump.ts'
import { programOf } from './script-program.ts'
import { PROGRAMS, SECURITY } from './scripts.ts'
import { log, reload } from './service.ts'
import { ORDERED, SYNC } from './silent-misconfig.ts'

export const DROPPED = keepalivedCheck({
  code: 'H226',
  title: 'keepalived runs every script that its instances track',
  severity: 'fail',
  explainedBy: [IN_FORCE, ORDERED, SYNC, SECURITY, PROGRAMS],
  needs: { model: modelFact, config: configFact, instances: instancesFact },
  async judge({ model, instances }, host) {
    const blocks = model.instances.filter((instance) => groupWith(instance, model) === undefined)
    const lines = blocks.flatMap((block) => {
      const running = instances.find(({ name }) => name === block.name)
      if (running === undefined) return []
      const runs = new Set(running.scripts.map((script) => comparable(script, host)))
      return scriptsOf(block, model)
        .filter(({ command }) => !runs.has(comparable(command, host)))
        .map(
          (script) => `${script.at}: ${script.name} is tracked by ${block.name}, and does not run`,
        )
    })
    if (blocks.length === 0) return skip('all instances are members of groups')
    if (lines.length === 0) return ok(blocks.map((block) => block.name).join(', '))
    return trouble('keepalived has dropped scripts that its instances track.', lines, [
      await log(host),
      `keepalived --config-test --use-file=${host.paths.keepalivedConf}`,
      await reload(host),
    ])
  },
})

function scriptsOf(block: Model['instances'][number], model: Model) {
  const names = trackersOf(block, model).flatMap((tracker) =>
    tracker.kind === 'script' ? [tracker.name] : [],
  )
  return model.scripts.flatMap(({ name, command, at }) =>
    command !== null && names.includes(name) ? [{ name, command, at }] : [],
  )
}

/** keepalived puts each word in quotes, and up to 2.2.8 resolves the links of the first. */
function comparable(command: string, host: Host): string {
  const program = programOf(command)
  const real = host.inspect.real(program)
  const words = command.replace(program, real.ok ? real.value : program)
  return words
    .replace(/['"\\]/g, '')
    .replace(/\s+/g, ' ')
    .trim()
}
