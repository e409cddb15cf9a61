// Commands of pages, as they are found.
import { expect, test } from 'bun:test'
import { blocksBelow, commandBelow, inlineBelow } from './typed.ts'

const ANSIBLE = 'docs/ansible.md'

test('a first rollout begins with a release, and looks before it changes anything', () => {
  const [prepare = [], run = []] = blocksBelow(ANSIBLE, 'The first rollout')
  expect(prepare[0]).toBe('build/package')
  expect(run).toHaveLength(3)
  expect(run[0]).toEndWith('--check --diff')
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
