//go:build unix

package worker_test

func impostor(string) int { return 1 }
func hostOf(string) int   { return 1 }
