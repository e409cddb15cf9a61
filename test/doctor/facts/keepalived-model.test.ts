// What the blocks of keepalived.conf mean to the checks.

import { expect, test } from 'bun:test'
import { readConf } from '../../../src/config/keepalived/reader.ts'
import { modelOf, trackersOf, weightOf } from '../../../src/doctor/facts/keepalived-model.ts'

function model(text: string) {
  return modelOf(readConf({ path: 'k', text }, { configId: '', open: () => [] }))
}

test('what is not said is what keepalived takes it for', () => {
  const { instances, files, scripts } = model(
    'vrrp_instance a {\n}\ntrack_file f {\n}\nvrrp_script s {\n}',
  )
  expect(instances[0]).toMatchObject({ basePriority: 100, trackers: [], staysBehind: [] })
  expect(files[0]).toMatchObject({ weight: 1, path: null })
  expect(scripts[0]).toMatchObject({ weight: 0, command: null })
})

test('a tracker has its own weight before that of its block', () => {
  const entry = model(
    'track_file f {\nweight 5\n}\nvrrp_instance a {\ntrack_file {\nf weight -3\nf\n}\n}',
  )
  expect(entry.instances[0]?.trackers.map((tracker) => weightOf(tracker, entry))).toEqual([-3, 5])
})

const GROUP = `vrrp_sync_group g {
  group {
    a
    b
  }
  track_script { s }
  EXTRA
}
vrrp_instance a {
  track_file {
    f
  }
}`

test('a member of a group follows what the group follows', () => {
  const entry = model(GROUP.replace('EXTRA', ''))
  expect(entry.groups[0]?.members).toEqual(['a', 'b'])
  const [member] = entry.instances
  if (member === undefined) throw new Error('no instance')
  expect(trackersOf(member, entry).map((tracker) => tracker.name)).toEqual(['s'])
})

test('a member of a group that shares weights follows its own as well', () => {
  const entry = model(GROUP.replace('EXTRA', 'sync_group_tracking_weight'))
  const [member] = entry.instances
  if (member === undefined) throw new Error('no instance')
  expect(trackersOf(member, entry).map((tracker) => tracker.name)).toEqual(['s', 'f'])
})

test('nopreempt stays behind, and so does a delay that is one', () => {
  const { instances } = model('vrrp_instance a {\nnopreempt\npreempt_delay 0\npreempt_delay 5\n}')
  expect(instances[0]?.staysBehind).toEqual([
    { name: 'nopreempt', at: 'k:2' },
    { name: 'preempt_delay 5', at: 'k:4' },
  ])
})
