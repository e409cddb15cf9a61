// How the doctor writes what it has found, on every host: a fact that is false, and a block that a shell takes.
import type { Trouble } from '../../src/doctor/doctor-check.ts'

/** Names that are spelled with a small letter, at the head of a sentence too. */
const NAMES = ['keepalived', 'named', 'nftables', 'holdfast', 'lo']
/** The programs that commands of remedies begin with. */
const PROGRAMS: readonly string[] = [
  ...['apt-get', 'cat', 'chmod', 'chown', 'chronyc', 'df', 'dig', 'du', 'echo', 'ethtool', 'grep'],
  ...['groupadd', 'holdfast', 'install', 'ip', 'ip6tables', 'ip6tables-legacy', 'ip6tables-nft'],
  ...['iptables', 'iptables-legacy', 'iptables-nft', 'ipvsadm', 'journalctl', 'keepalived', 'kill'],
  ...['ls', 'mailq', 'mkdir', 'modprobe', 'mv', 'named-checkconf', 'namei', 'nft', 'nsenter'],
  ...['ping', 'printf', 'ps', 'resolvectl', 'rm', 'rndc', 'sed', 'ss', 'sysctl', 'systemctl'],
  ...['systemd-tmpfiles', 'tc', 'tcpdump', 'timedatectl', 'top', 'type', 'umount', 'useradd'],
]

/** What is wrong with the words of a trouble; empty where nothing is. */
export function styleFlaws({ what, remedy }: Pick<Trouble, 'what' | 'remedy'>): readonly string[] {
  return [
    ...(startsWell(what) ? [] : [`no capital: ${what}`]),
    ...(/[.:;,]$/.test(what) || what.includes('\n') ? [`an odd end: ${what}`] : []),
    ...remedy
      .filter((line) => !isProse(line) && !isCommand(line))
      .map((line) => `neither a command nor a comment: ${line}`),
  ]
}

/** "Daemon is …", "/etc/x is …", "ip_nonlocal_bind is …", "recdns0 is …", "keepalived is …". */
function startsWell(what: string): boolean {
  const [first = ''] = what.split(/[\s(]/, 1)
  const name = first.replace(/['’]s$|,$/, '')
  return !/^[a-z]+$/.test(name) || NAMES.includes(name) || what.includes(' in keepalived.conf ')
}

function isProse(line: string): boolean {
  return /^# .*\S/.test(line)
}

function isCommand(line: string): boolean {
  return PROGRAMS.includes(line.split(/\s/, 1)[0]?.replace(/^\/.*\//, '') ?? '')
}
