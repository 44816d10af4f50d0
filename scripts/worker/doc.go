// Package worker runs scripts in processes of their own, so that a script that crashes, hangs or takes all memory fails its run
// and nothing else.
//
//	pool, err := worker.NewPool(worker.Options{Bundles: dir})
//	...
//	defer pool.Close()
//	result, err := pool.Run(ctx, job("export default { greeting: `Hello, ${args[0]}` }", time.Minute))
//
// A Pool starts worker processes of the same binary before they are needed. Host and worker talk over a socket pair: the host
// sends what to run, the worker sends what the script prints, its calls of Crisp's API and of the store, and how it ended. The
// host makes the calls with its own client. So the credentials stay in the host, all runs share one rate budget, and which calls
// and which values of the store a script may reach is decided outside of the process that runs it. What fetch and the files
// module may reach is decided in the worker, outside of the VM.
//
// A run has a VM of its own. A worker serves one run after the other, of any scripts that may do the same: their @permissions, @env
// and @memory agree. Starting a process for each run would take ten times as long. The worker is not used again when the last run
// was stopped, or has left goroutines or much memory behind, or when it has served its number of runs. Whatever it still sends in
// the name of an earlier run is dropped, so that nothing of that can act with the store of the next.
//
// The process is there for crashes, hanging and memory. It is no fence around native code, which would have the rights of the
// host's user.
//
// A worker ends when its host does: by the end of the socket, and on Linux by a signal from the kernel.
package worker
