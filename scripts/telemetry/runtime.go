//go:build unix

package telemetry

import (
	"runtime"
	"runtime/metrics"
	"syscall"
	"time"
)

// goFigures are the figures of the Go runtime by which programs are usually watched, under the names that the Prometheus client gives
// them, so that dashboards fit.
var goFigures = []struct{ source, name, kind, help string }{
	{"/sched/goroutines:goroutines", "go_goroutines", "gauge", "Goroutines."},
	{"/sched/gomaxprocs:threads", "go_sched_gomaxprocs_threads", "gauge", "Threads that may run Go code at the same time."},
	{"/memory/classes/heap/objects:bytes", "go_memstats_heap_alloc_bytes", "gauge", "Bytes of objects on the heap."},
	{"/gc/heap/allocs:bytes", "go_memstats_alloc_bytes_total", "counter", "Bytes that were allocated since the start."},
	{"/gc/heap/goal:bytes", "go_memstats_next_gc_bytes", "gauge", "Heap size at which garbage is collected next."},
	{"/memory/classes/total:bytes", "go_memstats_sys_bytes", "gauge", "Bytes that the Go runtime has from the system."},
	{"/gc/gomemlimit:bytes", "go_gc_gomemlimit_bytes", "gauge", "Soft memory limit."},
}

func writeRuntime(e *exposition) {
	e.family("go_info", "gauge", "The Go version.")
	e.labelled("go_info", []string{"version"}, []string{runtime.Version()}, 1)
	samples := make([]metrics.Sample, len(goFigures))
	for i, f := range goFigures {
		samples[i].Name = f.source
	}
	metrics.Read(samples)
	for i, f := range goFigures {
		if v := samples[i].Value; v.Kind() == metrics.KindUint64 {
			e.single(f.name, f.kind, f.help, float64(v.Uint64()))
		}
	}
}

// writeProcess writes the figures of the host's process, without its workers.
func writeProcess(e *exposition, started time.Time) {
	e.single("process_start_time_seconds", "gauge", "When the host started.", seconds(started))
	var usage syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &usage) == nil {
		used := time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
		e.single("process_cpu_seconds_total", "counter", "Processor time that the process has used, in seconds.", used.Seconds())
	}
	var files syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files) == nil {
		e.single("process_max_fds", "gauge", "Files that the process may have open.", float64(files.Cur))
	}
	writeProc(e)
}
