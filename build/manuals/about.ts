// What the manual pages say beyond the definitions of the commands.

export const PROGRAM = {
  summary: 'DNS health checks and failover control for keepalived',
  about: [
    'holdfast runs next to named and keepalived on each recursive DNS server. It queries named on every local address over UDP and TCP and turns the results into a VRRP priority. keepalived tracks that priority and moves the service addresses.',
    '"holdfast status" shows the current state and its reasons, "holdfast history" the past. "holdfast doctor" diagnoses the host. "holdfast drain" moves the service addresses away before maintenance.',
  ],
} as const

/** Paragraphs after the summary, by command; one that is not here has its summary alone. */
export const ABOUT: Readonly<Record<string, readonly string[]>> = {
  status: [
    'The first line is the state of this server, its reason, and how many endpoints are ok; below it is what to type. The instances follow, each with the state, priority and rank of this server and who holds its addresses. Timers are shown while they run: the next check after a failure, the backoff, and the rest of a probation.',
    'The grid has a row for each address, by interface, and for each transport the last outcome with its latency, and what became of the queries in the last minutes. A mark is the worst of its time. Service addresses come first, then failing ones; where an interface has many others they are one row with the slowest response and the worst marks, unless --all is given.',
    'On a terminal the view is in colour and, in a UTF-8 locale, drawn with block characters. With --watch it is drawn again twice a second with the last five events, and cut to the terminal; in a pipe, --watch prints one line for each change.',
  ],
  check: [
    'keepalived runs this every check_interval. It reads the status file alone, and succeeds only while that is fresh and the server may serve, so that a daemon that died or hangs counts as failed.',
    'With INSTANCE and SLOT it answers for keepalived without track_file: it succeeds if this server is in that slot for the instance.',
  ],
  history: [
    'The daemon records what it decides and why in history.jsonl in its state folder; at 8 MB that becomes history.1.jsonl, and a new one begins. This command reads both: starts and ends of the daemon, states of the server and their reasons, drains, server orders, configurations, addresses that were added and removed, and times of which nothing is known.',
    'Times are local. On a terminal lines are folded, below a line for each day; elsewhere each is one line with its whole time. What lasts until now says "so far". The last line counts failures, the time out of service, and drains.',
  ],
  drain: [
    'The command lowers the priority of this server and waits until every service address has left it. It succeeds once another server holds the addresses and answers. If no server takes over, the drain is rolled back and the command fails. A drain survives a reboot; "holdfast undrain" ends it.',
    'With --backend, --timeout limits the wait for open connections; the default is the limit in [balancer]. Connections that are still open then may continue.',
  ],
  undrain: [
    'The command waits for the checks to pass, and for the cache to be warm, before it restores the priority.',
    'A failback delay (probation) that is running ends with the drain, and the command says how much of it was left. With --keep-failback-delay it continues.',
  ],
  peers: [
    'Each server of the configuration is probed on its own addresses, as "holdfast drain" does before it drains this one. The table has a row for each server, and for each instance the state and priority of this server and of the holder. Only root can ask keepalived for the holder. Of the other servers only the rank in the order file is known. --wide has a line for each address.',
  ],
  order: [
    'The server order is a text file of server names, best first; # comments one out. This command shows the ranks in each instance, and edits single lines. It changes this host only: repeat it on every server. For maintenance use "holdfast drain", which verifies the takeover. In an instance with the reverse order, --promote makes a server the last one.',
  ],
  'config check': [
    'Every error is reported with line, column and a hint. A valid file is summed up on standard output.',
  ],
  daemon: [
    'It runs in the foreground, normally under systemd. SIGHUP reloads the configuration; an invalid one is rejected as a whole. SIGTERM publishes the lowest priority and ends the daemon.',
  ],
  notify: [
    'keepalived runs this at each state change, or writes to a FIFO that it reads. The event is stored on disk, and the daemon sends it by mail or webhook.',
  ],
  simulate: [
    "It runs the daemon's own state machine on simulated servers, next to other policies with the same faults; or, with --replay, on what a daemon has recorded. In the results, p99 is the time that 99 of 100 failovers did not exceed.",
  ],
}

export const ENVIRONMENT = [
  { name: 'NO_COLOR', text: 'If it is set and not empty, nothing is in colour.' },
  { name: 'TERM', text: 'With "dumb" nothing is in colour or drawn over.' },
  {
    name: 'LC_ALL, LC_CTYPE, LANG',
    text: 'The first that is set says whether the terminal shows UTF-8; otherwise all is in ASCII.',
  },
  { name: 'TZ', text: 'The time zone of "holdfast history".' },
  { name: 'HOLDFAST_DEBUG', text: 'With 1, an internal error is printed in full.' },
] as const

/** Each with the flag that names another place. */
export const FILES = [
  { flag: 'config', path: '/etc/holdfast/holdfast.toml', text: 'the configuration' },
  {
    flag: 'run-dir',
    path: '/run/holdfast/status.json',
    text: 'the status of the daemon, and how long it is valid',
  },
  {
    flag: 'state-dir',
    path: '/var/lib/holdfast',
    text: 'drains, queued notifications, and the history',
  },
] as const
