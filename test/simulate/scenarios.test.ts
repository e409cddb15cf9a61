// Plays every scenario of test/scenarios and compares what it prints; UPDATE=1 writes the files anew.
import { describe, expect, test } from 'bun:test'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { formatScenarioText, parseScenarioText } from '../support/scenario-language.ts'
import { playScenario } from '../support/scenario-play.ts'

const FOLDER = join(import.meta.dir, '../scenarios')
/** It computes with what processors others leave: the ceiling is for what hangs. */
const CEILING_MS = 600_000
const files = readdirSync(FOLDER).filter((file) => file.endsWith('.txt'))

describe('scenarios', () => {
  for (const file of files.sort()) {
    const check = () => {
      const path = join(FOLDER, file)
      const text = readFileSync(path, 'utf8')
      const blocks = parseScenarioText(text)
      const scenarios = blocks.flatMap((block) =>
        block.kind === 'scenario' ? [block.scenario] : [],
      )
      expect(scenarios.length).toBeGreaterThan(0)
      const played = formatScenarioText(blocks, scenarios.map(playScenario))
      if (process.env.UPDATE === '1') writeFileSync(path, played)
      else expect(played).toBe(text)
    }
    test(file.replace(/\.txt$/, '').replaceAll('-', ' '), check, CEILING_MS)
  }
})

test('there are scenarios', () => {
  expect(files.length).toBeGreaterThan(10)
})

describe('a line that is wrong', () => {
  const refused = (line: string) => () => parseScenarioText(`servers 2\n${line}\nrun 1s\n`)

  test('is named, with the reason', () => {
    expect(refused('explode')).toThrow('"explode": explode is no command')
    expect(refused('at 5s crash s1')).toThrow('a fault of kind "crash" needs "for"')
    expect(refused('run soon')).toThrow('"run soon": soon is no duration')
    expect(refused('show everything')).toThrow('there is no everything to show')
    expect(refused('policy hope')).toThrow('there is no policy hope')
  })

  test('of the config is refused as the daemon refuses it', () => {
    expect(refused('config flap.rize = 3')).toThrow('error[E_UNKNOWN_KEY]')
  })
})
