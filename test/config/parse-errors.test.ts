// Odd files, and files with errors: all errors at once, each at its place.
import { describe, expect, test } from 'bun:test'
import { MAX_CONFIG_BYTES, parseConfig } from '../../src/config/parse.ts'
import { CLUSTER, CONTEXT, configOf, errors } from './parsing.ts'

describe('files as they come', () => {
  test('a byte order mark and carriage returns change nothing, columns included', () => {
    const windows = `\ufeff${CLUSTER}`.replaceAll('\n', '\r\n')
    expect(configOf(windows)).toEqual(configOf(CLUSTER))
    const unknown = 'colour = "red"\n'
    expect(errors(`\ufeff${unknown}${CLUSTER}`.replaceAll('\n', '\r\n'))).toEqual(
      errors(`${unknown}${CLUSTER}`),
    )
  })

  test('an empty file lacks a cluster', () => {
    expect(errors('')).toEqual(['1:1 E_NO_CLUSTER'])
    expect(errors('[clusters]\n')).toEqual(['1:2 E_NO_CLUSTER'])
  })

  test('more than a mebibyte is refused with one error, whatever it holds', () => {
    const comment = `#${'x'.repeat(MAX_CONFIG_BYTES)}\n`
    expect(errors(`${CLUSTER}${comment}`)).toEqual(['1:1 E_TOO_LARGE'])
    expect(errors('a = [\n'.repeat(2_000_000))).toEqual(['1:1 E_TOO_LARGE'])
    expect(errors(`${CLUSTER}#${'x'.repeat(MAX_CONFIG_BYTES - CLUSTER.length - 1)}`)).toEqual([])
  })

  test('binary garbage is one error', () => {
    const elf = new TextDecoder().decode(new Uint8Array([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0]))
    expect(errors(elf)).toEqual(['1:1 E_BINARY'])
    expect(errors(`${CLUSTER}\ufffd`)).toEqual(['3:1 E_ENCODING'])
  })

  test('columns count characters, not UTF-16 units', () => {
    expect(errors(`${CLUSTER}[server]\n"😀" = 1\nname = "😀" x\n`)).toEqual([
      '4:1 E_UNKNOWN_KEY',
      '5:12 E_SYNTAX',
    ])
  })
})

describe('all errors at once', () => {
  test('in the order of their positions, of every kind', () => {
    const text = [
      '[timing]',
      'check_interval = 1s',
      'slow_threshold_min = "1d"',
      '[clusters."a b".instances.one]',
      'addresses = ["192.0.2.53", 7, "192.0.2.53"]',
      '[paths]',
      'run_dir = "x"',
      'run_dir = "y"',
    ].join('\n')
    expect(errors(text)).toEqual([
      '2:18 E_SYNTAX',
      '3:22 E_DURATION',
      '4:11 E_NAME',
      '5:28 E_TYPE',
      '5:31 E_DUPLICATE_ADDRESS',
      '7:11 E_PATH',
      '8:1 E_DUPLICATE_KEY',
    ])
  })

  test('what an unreadable line may have said is not missed', () => {
    // The cluster, its addresses, the probes and the kind are all on lines that cannot be read.
    expect(errors('[clusters.a.instances.b\naddresses = ["192.0.2.53"]\n')).toEqual([
      '1:24 E_SYNTAX',
    ])
    expect(errors('[clusters.a.instances.b]\naddresses = ["192.0.2.53"\n')).toEqual([
      '2:13 E_SYNTAX',
    ])
    const group = `${CLUSTER}[checks.up]\nkind = upstream\nquorum = 1\nprobes = [\n"a A" "b A"\n]\n`
    expect(errors(group)).toEqual(['4:8 E_SYNTAX', '7:7 E_SYNTAX'])
  })

  test('keys below an unreadable header are not taken for those of the table above it', () => {
    expect(
      errors(`${CLUSTER}[flap\nrise = 2\nfall = 2\n\n[timing]\nslow_threshold_min = 2\n`),
    ).toEqual(['3:6 E_SYNTAX', '8:22 E_TYPE'])
  })

  test('an endless supply of syntax errors is cut off', () => {
    expect(errors('= 1\n'.repeat(1000))).toHaveLength(20)
  })

  test('an endless supply of other errors is cut off, and counted', () => {
    const keys = Array.from({ length: 200 }, (_, index) => `key${index} = 1`).join('\n')
    const many = parseConfig(`${keys}\n${CLUSTER}`, CONTEXT)
    if (many.ok) throw new Error('unknown keys must be refused')
    expect(many.diagnostics).toHaveLength(51)
    expect(many.diagnostics.at(-1)?.text).toBe('150 more errors follow')
  })

  test('the keys that the schema library passes over are refused by name, at any depth', () => {
    for (const key of ['__proto__', 'constructor', 'prototype']) {
      expect(errors(`${CLUSTER}[flap]\n${key} = 1\n`)).toEqual(['4:1 E_RESERVED_KEY'])
      expect(
        errors(`${CLUSTER}[clusters.${key}.instances.x]\naddresses = ["192.0.2.1"]\n`),
      ).toEqual(['3:11 E_RESERVED_KEY'])
    }
  })

  test('keys that objects inherit are unknown like any other', () => {
    expect(errors(`${CLUSTER}[flap]\ntoString = 1\nhasOwnProperty = 2\n`)).toEqual([
      '4:1 E_UNKNOWN_KEY',
      '5:1 E_UNKNOWN_KEY',
    ])
  })
})
