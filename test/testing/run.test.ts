// Jobs that really run: what they count, what they wait for, and that nothing stays.
import { expect, test } from 'bun:test'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Job, Result } from '../../build/testing/job.ts'
import { closingLines } from '../../build/testing/report.ts'
import { runJobs } from '../../build/testing/run.ts'
import { startJob } from '../../build/testing/run-job.ts'
import { folderForAllTests } from '../support/temporary-folder.ts'

const folder = folderForAllTests()

function job(name: string, script: string, rest: Partial<Job> = {}): Job {
  return {
    ...{ name, step: 'unit', command: ['sh', '-c', script], needs: [], kind: 'compute' },
    ...{ processors: 1, memoryMib: 1, seconds: 1, counts: 'exit' },
    ...rest,
  }
}

async function run(jobs: readonly Job[]): Promise<ReadonlyMap<string, Result>> {
  const results = await runJobs({
    ...{ jobs, folder, capacity: { processors: 2, memoryMib: 1000 } },
    onResult: () => undefined,
  })
  return new Map(results.map((result) => [result.job.name, result]))
}

test('each job waits for what it needs, and failure is handed on', async () => {
  const made = join(folder, 'made')
  const results = await run([
    job('reads', `cat ${made}`, { needs: ['makes', 'made long ago'] }),
    job('makes', `echo this >${made}`),
    job('breaks', 'echo why >&2; exit 3'),
    job('follows', 'true', { needs: ['breaks'] }),
    job('follows that', 'true', { needs: ['follows'] }),
  ])
  expect(results.get('reads')).toMatchObject({ stdout: 'this\n', counts: { passed: 1, failed: 0 } })
  expect(results.get('breaks')).toMatchObject({ stderr: 'why\n', counts: { passed: 0, failed: 1 } })
  for (const name of ['follows', 'follows that'])
    expect(results.get(name)).toMatchObject({ counts: { failed: 1 } })
  expect(results.get('follows')?.stderr).toBe('It did not run: breaks failed.\n')
})

test('a file of tests that cannot be loaded has failed', async () => {
  writeFileSync(join(folder, 'broken.test.ts'), 'import "./nowhere.ts"\n')
  const command = [process.execPath, 'test', join(folder, 'broken.test.ts')]
  const results = await run([job('broken', '', { command, counts: 'junit' })])
  expect(results.get('broken')).toMatchObject({ counts: { passed: 0, failed: 1 } })
})

test('a job that is stopped takes along what it started', async () => {
  const pid = join(folder, 'pid')
  const started = startJob(
    job(
      'hangs',
      `sh -c 'echo $$ >${pid}.new; mv ${pid}.new ${pid}; exec tail -f /dev/null' & wait`,
    ),
    folder,
    () => 0,
  )
  while (!existsSync(pid)) await Bun.sleep(5)
  started.stop()
  await started.result
  // It dies in its own time, on a busy machine after who started it; what lives on is a hang.
  while (isAlive(readFileSync(pid, 'utf8').trim())) await Bun.sleep(5)
})

/** A process that has ended stays in /proc until its parent has asked how. */
function isAlive(pid: string): boolean {
  const path = `/proc/${pid}/stat`
  return existsSync(path) && !/\) [ZX] /.test(readFileSync(path, 'utf8'))
}

test('the last lines name what failed and what was slow', async () => {
  const results = await run([job('good', 'true'), job('bad', 'false')])
  const lines = closingLines([...results.values()], 12.3, 0.256)
  expect(lines.at(-1)).toBe('1 passed, 1 failed, 0 skipped')
  expect(lines).toContain('failed: bad (1)')
  expect(lines).toContain('It took 12 s. The processors were idle for 26 % of it.')
  expect(lines.some((line) => /^ +\d\.\d s {2}bad$/.test(line))).toBe(true)
})
