// Package worker runs scripts in processes of their own, so that a script that crashes, hangs or takes all memory fails its run
// and nothing else.
//
// A Pool starts worker processes of the same binary before they are needed. Host and worker talk over a socket pair: the host
// sends what to run, the worker sends what the script prints, its calls of Crisp's API and of the store, and how it ended. The
// host makes the calls with its own client. So the credentials stay in the host, all runs share one rate budget, and what
// a script may do is decided outside of the process that runs it.
//
// A run has a VM of its own. A worker process serves one run after the other, of any scripts that may do the same (their
// @permissions, @env and @memory agree), when the last one ended by itself and left nothing behind: no goroutine, no
// more memory than a worker that has just started needs a few times. What such scripts could learn from each other in one process they
// may read anyway, and the stores and files of a run are the host's choice: whatever a worker still sends in the name of an earlier
// run is dropped. Starting a process for each run would take ten times as long. A process protects the host from crashes,
// hanging and memory; it is no fence around native code, which has the rights of the host's user. A worker that was stopped, or
// that has served its number of runs, is not used again.
//
// A worker ends when its host does: by the end of the socket, and on Linux by a signal from the kernel.
package worker
