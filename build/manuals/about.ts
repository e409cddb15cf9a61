// What the manual pages say beyond the definitions of the commands.

export const PROGRAM = {
  summary: 'decide whether this DNS server may hold a service address',
  about: [
    'holdfast watches a recursive DNS server from within: it asks it questions on all of its addresses, over UDP and TCP, and decides from the answers what the server is worth. keepalived follows that decision, and moves service addresses to the server that is worth most.',
    'It is quick when a server has failed, calm while one only flickers, and careful when an operator takes one out. What is decided, and why, can be seen with "holdfast status", and what was decided before with "holdfast history". When something is wrong, "holdfast doctor" looks for the cause.',
  ],
} as const

/** Paragraphs after the summary, by command; one that is not here has its summary alone. */
export const ABOUT: Readonly<Record<string, readonly string[]>> = {
  status: [
    'The first line is the verdict and how many targets answer; below it are the reasons, what an operator ordered, and what else is to be known. Clocks run for the next sweep after a failure, for the hold-down after an address went, and for what is left of a probation. The instances follow, each with the rank and priority of this server and whether it holds the addresses here.',
    'The grid has a row for each address, by interface, and for each transport the last outcome with its latency, and what became of the queries in the last minutes. A mark is the worst of its time. Addresses in trouble come first, those that are held here next; where an interface has many others they are one row with the slowest answer and the worst marks, unless --all is given.',
    'On a terminal the view is in colour and, in a UTF-8 locale, drawn with block characters. With --watch it is drawn again twice a second, and cut to the terminal.',
  ],
  check: [
    'keepalived runs this every check_interval. It reads the status file alone, and succeeds only while that is fresh and the server may serve, so that a daemon that died or hangs counts as failed.',
    'With INSTANCE and SLOT it answers for keepalived without track_file: it succeeds if this server is in that slot for the instance.',
  ],
  history: [
    'The daemon records what it decides and why in history.jsonl in its state folder; at 8 MB that becomes history.1.jsonl, and a new one begins. This command reads both: starts and ends of the daemon, what the server was worth and for what reasons, overrides, orders, configurations, addresses that came and went, and times of which nothing is known.',
    'Each line has the time in the local time zone and how long after the line before it was. On a terminal lines are folded; elsewhere each is one line. What lasts until now ends in "so far".',
  ],
  drain: [
    'The server is lowered, so that another one takes over; the command then waits until every service address has left, makes sure that another server holds it and answers, and only then says that it is done. If nobody takes over, the server is put back, and the command fails. The order outlives a reboot; "holdfast undrain" takes it back.',
  ],
  undrain: [
    'The way back from "holdfast drain", in the reverse order. It waits for the checks to pass, and for the cache to be warm, before the server has its rank again.',
  ],
  peers: [
    'Each server of the configuration is asked on its own addresses, as "holdfast drain" does before it lets this one go.',
  ],
  order: [
    'The order is a text file of server names, best first; # takes one out. This command shows what it comes to for each instance, and changes single lines of it. It changes this server alone: do the same on the others.',
  ],
  'config check': [
    'Every error is told at its line and column, with a hint. What a valid file means is summed up on standard output.',
  ],
  daemon: [
    'It runs in the foreground, under systemd as a rule. SIGHUP reads the configuration anew; one with errors is refused whole. SIGTERM publishes the lowest priority and ends it.',
  ],
  notify: [
    'keepalived runs this at each transition, or writes to a FIFO that it reads. The event is put on disk, and the daemon tells it by mail or webhook.',
  ],
  simulate: [
    "It runs the daemon's own state machine on simulated servers, beside the policies that others use, all struck by the same faults; or, with --replay, on what a daemon has recorded.",
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
  { name: 'HOLDFAST_DEBUG', text: 'With 1, an internal error is told in full.' },
] as const

/** Each with the flag by which a command is told of another place. */
export const FILES = [
  { flag: 'config', path: '/etc/holdfast/holdfast.toml', text: 'the configuration' },
  {
    flag: 'run-dir',
    path: '/run/holdfast/status.json',
    text: 'what the daemon knows, and until when that is valid',
  },
  {
    flag: 'state-dir',
    path: '/var/lib/holdfast',
    text: 'overrides, events that wait to be told, and the history',
  },
] as const
