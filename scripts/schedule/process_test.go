//go:build unix

package schedule_test

func hostProcess(string) {}
