// The archive, unpacked by tar itself: whatever the names are, each file is there with its text.
import { expect, test } from 'bun:test'
import { spawnSync } from 'node:child_process'
import { tarOf } from '../../../src/doctor/bundle/tar.ts'

test.each([
  ['short names', 'holdfast-doctor-ns1', 'recdns'],
  ['names of the greatest length', `holdfast-doctor-${'h'.repeat(64)}`, 'p'.repeat(63)],
])('%s', (_, folder, cluster) => {
  const files = [
    { name: 'README.txt', text: 'what is in it\n' },
    { name: `holdfast/order/${cluster}1`, text: 'ns1\n'.repeat(200) },
    { name: `holdfast/order/${cluster}2`, text: '' },
    { name: 'bind/version', text: 'BIND 9\n' },
  ]
  const tar = tarOf(folder, files, Date.UTC(2026, 0, 2))
  const listed = spawnSync('tar', ['--list', '--file=-'], { input: tar, encoding: 'utf8' })
  expect(listed.stderr).toBe('')
  expect(listed.stdout.trim().split('\n')).toEqual(files.map(({ name }) => `${folder}/${name}`))
  for (const { name, text } of files) {
    const words = ['--extract', '--to-stdout', '--file=-', `${folder}/${name}`]
    expect(spawnSync('tar', words, { input: tar, encoding: 'utf8' }).stdout).toBe(text)
  }
})
