// Commands of pages, as they are found.
import { expect, test } from 'bun:test'
import { blocksBelow, commandBelow, inlineBelow } from './typed.ts'

const ANSIBLE = 'docs/ansible.md'

test('the README and its longer sister say the same about a first rollout', () => {
  const [prepare = [], run] = blocksBelow('README.md', 'A first rollout')
  const [copy, runs] = blocksBelow(ANSIBLE, 'The first rollout')
  expect(prepare.slice(1)).toEqual(copy ?? [])
  expect(run).toEqual(runs)
})

test('a command is found by what it begins with', () => {
  expect(commandBelow(ANSIBLE, 'Secrets', /^ansible-vault/)).toStartWith('ansible-vault encrypt ')
})

test('a command that belongs to an item of a list is found, without its indentation', () => {
  expect(commandBelow('docs/migrate.md', 'Moving from scripts', /--check --diff$/)).toStartWith(
    'ansible-',
  )
})

test('a command within a sentence is found', () => {
  expect(inlineBelow(ANSIBLE, 'From a package', /^-e /)).toBe('-e holdfast_install_from=deb')
  expect(() => inlineBelow(ANSIBLE, 'From a package', /^no such/)).toThrow('not exactly one')
})

test('what is not there, or there more than once, is told', () => {
  expect(() => blocksBelow(ANSIBLE, 'No such heading')).toThrow('No such heading')
  expect(() => commandBelow(ANSIBLE, 'Upgrade', /^ansible-vault/)).toThrow('not exactly one')
  expect(() => commandBelow(ANSIBLE, 'The first rollout', /^ansible-/)).toThrow('not exactly one')
})
