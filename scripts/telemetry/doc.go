// Package telemetry tells how a host does: figures in Prometheus's format, and traces of runs by OpenTelemetry.
//
//	metrics := telemetry.NewMetrics(telemetry.Sources{Version: version, Scripts: db.Scripts})
//	tracing, err := telemetry.StartTracing(ctx, telemetry.TracingOptions{Version: version})
//	...
//	defer tracing.Close(ctx)
//	observed := telemetry.Telemetry{Metrics: metrics, Tracing: tracing}
//
// Telemetry is what a host takes. It costs a program that links it nothing until it is used: the Prometheus client and
// OpenTelemetry's own exporter would start each process of the binary, workers too, 0.8 and 0.9 ms later.
package telemetry
