// Package worker runs scripts in processes of their own, so that a script that crashes, hangs or takes all memory fails its run
// and nothing else.
//
// A Pool starts worker processes of the same binary before they are needed. Host and worker talk over a socket pair: the host
// sends what to run, the worker sends what the script prints, its calls of Crisp's API and of the store, and how it ended. The
// host makes the calls with its own client. So the credentials stay in the host, all runs share one rate budget, and what
// a script may do is decided outside of the process that runs it.
//
// A run has a VM of its own. A worker process serves one version of one script in its life: it is used again for the next
// run of that version when the last one ended by itself and left nothing behind, which saves starting a process and compiling
// the script; a run of anything else takes a fresh process. A worker that was stopped is not used again.
//
// A worker ends when its host does: by the end of the socket, and on Linux by a signal from the kernel.
package worker
