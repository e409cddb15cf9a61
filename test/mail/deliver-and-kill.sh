# Adds what it is told to the file "$1", and kills the daemon while there is a file "$1.kill".
cat >>"$1"
if [ -e "$1.kill" ]; then kill -KILL "$PPID"; fi
